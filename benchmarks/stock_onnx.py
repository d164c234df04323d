"""What ONNX Runtime's own tools make of the model: `onnxruntime.quantization`, as documented."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
import torch

from benchmarks.contender import Contender
from edgeattn.data.data import Data
from edgeattn.sources.loaded import LoadedModel
from edgeattn_converters.onnx.lower import quiet

PREPARED = "quant_pre_process, quantize_static(per_channel=True)"


def stock_onnx(loaded: LoadedModel, calibration: Data) -> tuple[Contender, ...]:
    """Return torch.onnx.export's file and what quantize_static and quantize_dynamic make of it."""
    from onnxruntime import quantization  # type: ignore[import-untyped]
    from onnxruntime.quantization.shape_inference import (  # type: ignore[import-untyped]
        quant_pre_process,
    )

    started = time.perf_counter()
    float_file = exported(loaded)
    exporting = time.perf_counter() - started

    def static(source: Path, result: Path, **options: Any) -> None:
        quantization.quantize_static(source, result, reader_of(calibration), **options)

    def prepared(source: Path, result: Path) -> None:
        ready = source.with_name("ready.onnx")
        quant_pre_process(source, ready)
        static(ready, result, per_channel=True)

    def without_shapes(source: Path, result: Path) -> None:
        model = onnx.load(source)
        del model.graph.value_info[:]  # they are stale in torch's exports and stop the tool
        onnx.save(model, source)
        quantization.quantize_dynamic(source, result)

    return (
        Contender("onnx", "torch.onnx.export", "fp32", False, float_file, exporting),
        attempt("quantize_static()", float_file, exporting, static),
        attempt(
            "quantize_static(per_channel=True)",
            float_file, exporting, lambda source, result: static(source, result, per_channel=True),
        ),
        attempt(PREPARED, float_file, exporting, prepared),
        attempt(
            "quantize_dynamic()", float_file, exporting, without_shapes,
            note="after deleting value_info: the shapes in torch's export stop the tool",
        ),
    )  # fmt: skip


def attempt(
    recipe: str, content: bytes, exporting: float, make: Callable[[Path, Path], None],
    note: str = "",
) -> Contender:  # fmt: skip
    """Run a tool on a file; where it fails, its words are the row."""
    with tempfile.TemporaryDirectory() as folder:
        source, result = Path(folder, "float.onnx"), Path(folder, "int8.onnx")
        source.write_bytes(content)
        started = time.perf_counter()
        try:
            make(source, result)
        except Exception as error:  # whatever a foreign tool raises is its answer
            return Contender("onnx", recipe, "int8", note=f"failed: {first_line(error)}")
        seconds = exporting + time.perf_counter() - started
        return Contender("onnx", recipe, "int8", False, result.read_bytes(), seconds, note)


def exported(loaded: LoadedModel) -> bytes:
    """Return what `torch.onnx.export(model, example, dynamo=True)` writes."""
    assert loaded.example_inputs is not None
    with quiet():
        program = torch.onnx.export(
            loaded.module, loaded.example_inputs, dynamo=True, verbose=False,
            input_names=list(loaded.input_names),
        )  # fmt: skip
    assert program is not None
    content: bytes = program.model_proto.SerializeToString()
    return content


def reader_of(calibration: Data) -> Any:
    """Return the samples one by one, as ONNX Runtime's calibration wants them."""
    from onnxruntime.quantization import CalibrationDataReader  # type: ignore[import-untyped]

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.rows: Iterator[int] = iter(range(len(calibration)))

        def get_next(self) -> dict[str, Any] | None:
            row = next(self.rows, None)
            if row is None:
                return None
            return {name: array[row : row + 1] for name, array in calibration.x.items()}

    return Reader()


def first_line(error: BaseException) -> str:
    """Return an error's first line, short enough for a table."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:120]
