"""ONNX Runtime's own quantisation tools with their defaults, on PyTorch's export."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from onnxruntime.quantization import (  # type: ignore[import-untyped]
    CalibrationDataReader,
    quantize_dynamic,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import (  # type: ignore[import-untyped]
    quant_pre_process,
)

from benchmarks.peers.tools.order import Order, run_tool

STRIPPED = "value_info deleted first: the shapes in torch's export are stale and stop the tool"


class Reader(CalibrationDataReader):  # type: ignore[misc]
    """The calibration samples, one by one."""

    def __init__(self, order: Order) -> None:
        """Start at the first."""
        self.samples: Iterator[dict[str, Any]] = iter(order.calibration())

    def get_next(self) -> dict[str, Any] | None:
        """Return the next sample, None after the last."""
        return next(self.samples, None)


def stripped(source: Path, result: Path) -> Path:
    """Copy a file without its annotated shapes."""
    model = onnx.load(source)
    del model.graph.value_info[:]
    onnx.save(model, result)
    return result


def make(order: Order) -> None:
    """Make all files."""
    source, before = order.onnx, order.export_s
    bare = stripped(source, order.out / "stripped.onnx")
    ready = order.out / "ready.onnx"
    with order.making("float", "float.onnx", before) as making:
        shutil.copy(source, making.path)
    with order.making("static", "static.onnx", before) as making:
        quantize_static(source, making.path, Reader(order))
    with order.making("static-channel", "static-channel.onnx", before) as making:
        quantize_static(source, making.path, Reader(order), per_channel=True)
    with order.making("static-prepared", "static-prepared.onnx", before) as making:
        quant_pre_process(source, ready)
        quantize_static(ready, making.path, Reader(order), per_channel=True)
    with order.making("dynamic", "dynamic.onnx", before) as making:
        try:
            quantize_dynamic(source, making.path)
        except Exception:  # InferenceError, of a module that is not public
            quantize_dynamic(bare, making.path)
            making.note = STRIPPED


if __name__ == "__main__":
    run_tool(make)
