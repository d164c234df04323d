"""A session on LiteRT (ai-edge-litert), or on its predecessor tflite-runtime.

Names come from the file's signature `serving_default`, so that they equal those of the ONNX file;
a file without a signature is read by its tensor names.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BadEnvironment, BrokenModel
from edgeattn_runtime.fit import misfit
from edgeattn_runtime.placement import Placement
from edgeattn_runtime.port import Port
from edgeattn_runtime.providers import Xnnpack
from edgeattn_runtime.quiet import quiet_engine
from edgeattn_runtime.session import ENGINES, matches
from edgeattn_runtime.tflite_kernels import open_interpreter

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays

SIGNATURE = "serving_default"


class TfliteSession:
    """One TFLite file on the CPU; see `session.Session`."""

    provider_requested = Xnnpack.requested
    placement: Placement | None = None

    def __init__(self, model: Path | bytes, *, name: str, engine: str, threads: int) -> None:
        """Open `model`; `open_session` has checked the arguments."""
        interpreter_class = import_engine(engine)
        arguments: dict[str, Any] = {"num_threads": threads}
        if isinstance(model, Path):
            arguments["model_path"] = os.fspath(model)
        else:
            arguments["model_content"] = model
        try:
            with quiet_engine():
                opened = open_interpreter(interpreter_class, arguments)
        except (ValueError, RuntimeError) as error:
            raise BrokenModel(
                f"{engine} cannot open {name}: {' '.join(str(error).split())}; "
                "copy the file again, or convert it for this version"
            ) from error
        self._interpreter = opened.interpreter
        operators = _operators(self._interpreter)
        if engine == "tflite-runtime" and _has_hybrid_per_channel(self._interpreter, operators):
            raise BrokenModel(
                f"{name} has int8 weights per channel on float activations, which tflite-runtime "
                "computes wrongly without an error; use the static int8 file, or ai-edge-litert"
            )
        self.engine = engine
        self.engine_version = _version(engine)
        delegates = sum(operator["op_name"] == "DELEGATE" for operator in operators)
        self.kernels = None if opened.kernels is None else str(opened.kernels)
        by_xnnpack = delegates > opened.cores
        self.provider_actual = Xnnpack.requested if by_xnnpack else "builtin kernels"
        names = _signature(self._interpreter)
        inputs = _indexed(self._interpreter.get_input_details(), names.get("inputs"))
        outputs = _indexed(self._interpreter.get_output_details(), names.get("outputs"))
        self.inputs = tuple(port for port, _ in inputs)
        self.outputs = tuple(port for port, _ in outputs)
        self._name = name
        self._matches = tuple(
            (*match, inputs[i][1]) for i, match in enumerate(matches(self.inputs))
        )
        self._reads = tuple((port.name, index) for port, index in outputs)

    def run(self, inputs: Arrays) -> dict[str, Array]:
        """Run once; see `Session.run`."""
        if len(inputs) != len(self._matches):
            raise misfit(self.inputs, inputs)
        for name, shape, dtype, index in self._matches:
            value = inputs.get(name)
            if type(value) is not np.ndarray or value.shape != shape or value.dtype != dtype:
                raise misfit(self.inputs, inputs)
            self._interpreter.set_tensor(index, value)
        try:
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise BrokenModel(
                f"{self.engine} failed while running {self._name}: {error}"
            ) from error
        return self.fetch()

    def bind(self, inputs: Arrays) -> None:
        """Copy inputs into the arena and run once; see `Session.bind`."""
        self.run(inputs)  # the planner keeps graph inputs alive, so they stay there

    def invoke(self) -> None:
        """Run with the bound inputs; see `Session.invoke`."""
        self._interpreter.invoke()

    def fetch(self) -> dict[str, Array]:
        """Return copies of the last outputs, not views into the arena; see `Session.fetch`."""
        read = self._interpreter.get_tensor
        return {name: read(index) for name, index in self._reads}


def import_engine(engine: str) -> Any:
    """Return the `Interpreter` class of an engine."""
    with quiet_engine():
        try:
            module = importlib.import_module(f"{ENGINES[engine][0]}.interpreter")
        except (ImportError, AttributeError) as error:  # tflite-runtime fails so under NumPy 2
            raise BadEnvironment(
                f"{engine} is installed but does not import ({error}); "
                f"`{ENGINES[engine][1]}` installs a pair that fits"
            ) from error
    return module.Interpreter


def _version(engine: str) -> str:
    """Return the version of an installed engine, or "unknown" when it was unpacked by hand."""
    try:
        return importlib.metadata.version(engine)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _operators(interpreter: Any) -> list[dict[str, Any]]:
    """Return the nodes of the graph, those that a delegate took over included."""
    found: list[dict[str, Any]] = interpreter._get_ops_details()
    return found


def _has_hybrid_per_channel(interpreter: Any, operators: list[dict[str, Any]]) -> bool:
    """Tell whether a float operator reads int8 weights with one scale per channel."""
    tensors = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    for operator in operators:
        read = [tensors[i] for i in operator["inputs"] if i in tensors]
        if operator["op_name"] in ("DELEGATE", "DEQUANTIZE") or not read:
            continue
        if read[0]["dtype"] == np.float32 and any(
            tensor["dtype"] == np.int8 and len(tensor["quantization_parameters"]["scales"]) > 1
            for tensor in read[1:]
        ):
            return True
    return False


def _signature(interpreter: Any) -> dict[str, dict[str, int]]:
    """Return {"inputs": {name: tensor index}, "outputs": ...}, empty without a signature."""
    found: dict[str, dict[str, dict[str, int]]] = interpreter._get_full_signature_list()
    return found.get(SIGNATURE) or next(iter(found.values()), {})


def _indexed(
    details: list[dict[str, Any]], names: dict[str, int] | None
) -> tuple[tuple[Port, int], ...]:
    """Return ports with their tensor indices, in the graph's order, named by the signature."""
    named = {index: name for name, index in (names or {}).items()}
    return tuple(
        (
            Port(
                named.get(detail["index"], detail["name"]),
                tuple(int(length) for length in detail["shape"]),
                np.dtype(detail["dtype"]).name,
            ),
            int(detail["index"]),
        )
        for detail in details
    )
