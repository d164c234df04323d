"""A bundle's float model -> an `.mlpackage` for Core ML, proven as far as Linux can.

coremltools reads PyTorch, and a bundle holds ONNX; so the float ONNX file is read back as PyTorch,
must answer the golden vectors there (coreml_precision), and goes through coremltools. Core ML runs
on macOS and iOS alone: here the shapes and the list of operators are checked, nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn.embed.coreml_package import (
    OPERATORS,
    TYPES,
    check_ports,
    operators_of,
    package_of,
)
from edgeattn.embed.kit import Kit
from edgeattn.embed.vectors import MOST, Vector, plain
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadEnvironment, BadUsage, CannotConvert
from edgeattn_runtime.model_file import ModelFile

if TYPE_CHECKING:
    from torch import nn

    from edgeattn.embed.coreml_precision import Precision

PACKAGE = "model.mlpackage"
# Raised by coremltools 9.0 itself; they name nothing of ours.
NOISE = (
    (DeprecationWarning, r"Function _TORCH_OPS_REGISTRY\.__contains__ is deprecated"),
    (ResourceWarning, r"Implicitly cleaning up <TemporaryDirectory"),
)


@dataclass(frozen=True)
class CoreMl:
    """A Core ML model.

    Attributes:
        files: Of the package, by path below it.
        precision: In which weights are stored and sums are made.
        operators: How often each operator stands in the program; constants are left out.
        inputs: What Core ML calls them, in the order of the ports.
        outputs: The same.
        expected: What the float model answers, as files of golden/.
    """

    files: Mapping[str, bytes]
    precision: Precision
    operators: Mapping[str, int]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    expected: Mapping[str, bytes]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(map(len, self.files.values()))

    @property
    def sha256(self) -> str:
        """What a verdict about the model is remembered under."""
        one = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            one.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        return one.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return what `edgeattn embed --json` says of it."""
        return {
            "bytes": self.size,
            "weights": self.precision.weights,
            "arithmetic": self.precision.arithmetic,
            "operators": dict(self.operators),
            "unknown": list(self.unknown),
        }

    @property
    def unknown(self) -> tuple[str, ...]:
        """Operators that no model of ours came down to before."""
        return tuple(sorted(set(self.operators) - OPERATORS))


def coreml_of(bundle: Bundle, kit: Kit) -> CoreMl:
    """Return the Core ML model of a bundle's float ONNX file.

    Raises:
        BadUsage: The bundle has none, or its ports are of types that Core ML does not take.
        BadEnvironment: coremltools or what reads ONNX is missing.
        CannotConvert: coremltools has no counterpart for an operator, or made something else.
    """
    file = _float_file(bundle)
    _check_types(kit)
    with _quiet():
        try:
            for name in ("torch", "coremltools"):  # said now, not after the model is read
                importlib.import_module(name)
        except ImportError as error:
            raise BadEnvironment(
                f"a Core ML model needs coremltools and torch ({error}); install them with "
                "`pip install 'edgeattn[coreml]'`"
            ) from error
    from edgeattn.embed.coreml_precision import first_sound
    from edgeattn.sources.onnx import load_onnx

    loaded = load_onnx(bundle.file_path(file))
    golden = bundle.golden()
    precision, module = first_sound(loaded.module, kit.manifest, golden, file.name)
    with _quiet():
        spec, weights = _converted(module, loaded.example_inputs or (), precision, kit)
    check_ports(spec, kit)
    floats = {port.name: golden.float_outputs[port.name][:MOST] for port in kit.outputs}
    return CoreMl(
        files=package_of(spec, weights),
        precision=precision,
        operators=operators_of(spec),
        inputs=tuple(one.name for one in spec.description.input),
        outputs=tuple(one.name for one in spec.description.output),
        expected={
            f"expected_{PACKAGE}_{plain(name)}.bin": Vector.of("", array).content
            for name, array in floats.items()
        },
    )


def _float_file(bundle: Bundle) -> ModelFile:
    floats = [
        file for file in bundle.present() if (file.format, file.precision) == ("onnx", "fp32")
    ]
    if not floats:
        raise BadUsage(
            "a Core ML model is made of the bundle's float ONNX file, and there is none; convert "
            "the model again, with onnx among --to"
        )
    return next((file for file in floats if file.target is None), floats[0])


def _check_types(kit: Kit) -> None:
    wrong = [port for port in kit.inputs if port.dtype not in TYPES]
    wrong += [port for port in kit.outputs if port.dtype != "float32"]
    if wrong:
        raise BadUsage(
            f"Core ML takes float32 and int32 and gives float32, and {wrong[0]} is neither; leave "
            "--coreml out, or cast inside the model"
        )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep coremltools' bars, log lines and warnings to itself; its errors are raised anyway."""
    logger = logging.getLogger("coremltools")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings():
            for kind, message in NOISE:
                warnings.filterwarnings("ignore", message, kind)
            yield
    finally:
        logger.setLevel(level)


def _converted(
    module: nn.Module, examples: tuple[Any, ...], precision: Precision, kit: Kit
) -> tuple[Any, bytes | None]:
    """Return the specification and the weights that coremltools makes of a module."""
    import torch

    ct = importlib.import_module("coremltools")
    optimize = importlib.import_module("coremltools.optimize.coreml")
    try:
        exported = torch.export.export(module, examples, strict=False).run_decompositions({})
        made = ct.convert(
            exported,
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS16,
            compute_precision=ct.precision(precision.arithmetic),
            outputs=[
                ct.TensorType(name=f"output_{place}", dtype=np.float32)
                for place in range(len(kit.outputs))
            ],
            skip_model_load=True,
        )
        if precision.weights == "int8":
            rows = optimize.OpLinearQuantizerConfig(
                mode="linear_symmetric", dtype="int8", granularity="per_channel"
            )
            config = optimize.OptimizationConfig(global_config=rows)
            made = optimize.linear_quantize_weights(made, config=config)
    except Exception as error:  # whatever coremltools trips over
        line = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise CannotConvert(
            f"coremltools {ct.__version__} cannot convert {kit.manifest.name}: {line[:300]}; "
            "leave --coreml out: ONNX Runtime reaches Core ML through its own provider"
        ) from error
    blobs = Path(made.weights_dir or "") / "weight.bin"
    return made.get_spec(), blobs.read_bytes() if blobs.is_file() else None
