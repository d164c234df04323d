"""A session on ONNX Runtime."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BrokenModel
from edgeattn_runtime.fit import misfit
from edgeattn_runtime.kernels import Kernels, kernels_for
from edgeattn_runtime.onnx_accelerator import open_there, placement_of, version_of
from edgeattn_runtime.placement import Placement
from edgeattn_runtime.port import Port
from edgeattn_runtime.providers import Cpu, Provider
from edgeattn_runtime.quiet import quiet_engine
from edgeattn_runtime.session import matches

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays

DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(int8)": "int8",
    "tensor(uint8)": "uint8",
    "tensor(int16)": "int16",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}


CPU = Cpu()
PROVIDER = CPU.requested


class OnnxSession:
    """One ONNX file, opened by ONNX Runtime on the CPU or a GPU; see `session.Session`."""

    def __init__(
        self,
        model: Path | bytes,
        *,
        name: str,
        threads: int,
        as_written: bool = False,
        provider: Provider = CPU,
    ) -> None:
        """Open `model`; `open_session` has checked the arguments."""
        onnxruntime = import_engine()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only
        if as_written:
            levels = onnxruntime.GraphOptimizationLevel
            options.graph_optimization_level = levels.ORT_DISABLE_ALL
        # Idle worker threads spin for a while after a run and would slow the next candidate of an
        # interleaved measurement. The option is read by 1.17 and later, ignored before.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        on_cpu = provider.requested == CPU.requested
        kernels = kernels_for(model) if on_cpu and not as_written else None
        if kernels is not None and not _registered(options, kernels):
            kernels = None
        self._session = (
            _open_here(onnxruntime, model, options, name)
            if on_cpu
            else open_there(onnxruntime, model, options, provider, name)
        )
        self.engine = provider.engine if on_cpu else str(provider)
        self.engine_version = version_of(onnxruntime, provider)
        self.provider_requested = provider.requested
        self.provider_actual: str = self._session.get_providers()[0]
        self.inputs = tuple(_port(value, name, static=True) for value in self._session.get_inputs())
        self.outputs = tuple(_port(value, name) for value in self._session.get_outputs())
        self._name = name
        self._matches = matches(self.inputs)
        self._output_names = [port.name for port in self.outputs]
        # InferenceSession.run repeats in Python what `run` below has checked already; the
        # C++ session under it takes the same arguments.
        self._run = getattr(self._session, "_sess", self._session).run
        self.kernels = None if kernels is None else str(kernels)
        self.placement: Placement | None = None
        if not on_cpu:
            zeros = {port.name: np.zeros(port.shape, port.dtype) for port in self.inputs}
            self.placement = placement_of(self._session, zeros, provider)

    def run(self, inputs: Arrays) -> dict[str, Array]:
        """Run once; see `Session.run`."""
        if len(inputs) != len(self._matches):
            raise misfit(self.inputs, inputs)
        for name, shape, dtype in self._matches:
            value = inputs.get(name)
            if type(value) is not np.ndarray or value.shape != shape or value.dtype != dtype:
                raise misfit(self.inputs, inputs)
        try:
            found = self._run(self._output_names, inputs, None)
        except Exception as error:
            raise BrokenModel(
                f"onnxruntime failed while running {self._name}: {_first_line(error)}"
            ) from error
        return {name: found[i] for i, name in enumerate(self._output_names)}

    def bind(self, inputs: Arrays) -> None:
        """Bind inputs and let the engine keep its outputs; see `Session.bind`."""
        self.run(inputs)  # checks, and fails here rather than inside a measurement
        self._binding = self._session.io_binding()
        # The engine reads these very arrays at every invoke, so they must live as long as it does.
        self._bound = {name: np.ascontiguousarray(value).copy() for name, value in inputs.items()}
        for name, value in self._bound.items():
            self._binding.bind_cpu_input(name, value)
        for name in self._output_names:
            self._binding.bind_output(name)
        self.invoke()  # a binding that never ran has no outputs, and reading them ends the process

    def invoke(self) -> None:
        """Run with the bound inputs; see `Session.invoke`."""
        self._session.run_with_iobinding(self._binding)

    def fetch(self) -> dict[str, Array]:
        """Return copies of the last outputs; see `Session.fetch`."""
        found = self._binding.copy_outputs_to_cpu()
        return {name: np.array(found[i]) for i, name in enumerate(self._output_names)}


def _open_here(onnxruntime: Any, model: Path | bytes, options: Any, name: str) -> Any:
    """Return an InferenceSession on the CPU."""
    try:
        with quiet_engine():
            return onnxruntime.InferenceSession(
                os.fspath(model) if isinstance(model, Path) else model,
                options,
                providers=[CPU.requested],
            )
    except Exception as error:  # its errors share no base class but Exception
        raise BrokenModel(
            f"onnxruntime {onnxruntime.__version__} cannot open {name}: {_first_line(error)}; "
            "copy the file again, or convert it for this version"
        ) from error


def _registered(options: Any, kernels: Kernels) -> bool:
    """Tell the engine of the library; one that is too old for it goes on without."""
    try:
        with quiet_engine():
            options.register_custom_ops_library(str(kernels.path))
    except Exception:  # its errors share no base class but Exception
        return False
    return True


def import_engine() -> Any:
    """Import ONNX Runtime with its telemetry off: since 1.29 it phones home unless told not to."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    with quiet_engine():
        import onnxruntime  # type: ignore[import-untyped]

        onnxruntime.set_default_logger_severity(3)
    return onnxruntime


def _port(value: Any, name: str, *, static: bool = False) -> Port:
    """Return the port of one of the engine's inputs or outputs.

    An input must have a static shape; an output's unknown lengths become -1.
    """
    if value.type not in DTYPES:
        raise BrokenModel(f"{name}: {value.name!r} is a {value.type}, which has no NumPy form")
    shape = tuple(length if isinstance(length, int) else -1 for length in value.shape)
    if static and -1 in shape:
        raise BrokenModel(
            f"{name}: input {value.name!r} has shape {value.shape}, whose lengths are not all "
            "fixed; export it with static shapes"
        )
    return Port(value.name, shape, DTYPES[value.type])


def _first_line(error: Exception) -> str:
    """Return the engine's own words without its rows of file names."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
