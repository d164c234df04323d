"""Olive's passes OnnxStaticQuantization and OnnxDynamicQuantization with their defaults."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from olive.data.config import DataConfig  # type: ignore[import-not-found]
from olive.data.registry import Registry  # type: ignore[import-not-found]
from olive.model import ONNXModelHandler  # type: ignore[import-not-found]
from olive.passes.olive_pass import create_pass_from_dict  # type: ignore[import-not-found]
from olive.passes.onnx.quantization import (  # type: ignore[import-not-found]
    OnnxDynamicQuantization,
    OnnxStaticQuantization,
)

from benchmarks.peers.tools.onnx_runtime import STRIPPED, stripped
from benchmarks.peers.tools.order import Making, Order, run_tool

SAMPLES: list[tuple[dict[str, Any], int]] = []


@Registry.register_dataset("edgeattn_samples")  # type: ignore[untyped-decorator]
def samples(**_: Any) -> list[tuple[dict[str, Any], int]]:
    """Return the calibration samples, each with a label that nobody reads."""
    return SAMPLES


def make(order: Order) -> None:
    """Make all files."""
    SAMPLES[:] = [
        ({name: value[0] for name, value in sample.items()}, 0) for sample in order.calibration()
    ]
    data = DataConfig(name="samples", load_dataset_config={"type": "edgeattn_samples"})
    for name, kind, options in (
        ("static", OnnxStaticQuantization, {"data_config": data}),
        ("dynamic", OnnxDynamicQuantization, {}),
    ):
        with order.making(name, f"{name}.onnx", order.export_s) as making:
            try:
                run(kind, options, order.onnx, making)
            except Exception:  # InferenceError, of a module that is not public
                bare = stripped(order.onnx, order.out / "stripped.onnx")
                run(kind, options, bare, making)
                making.note = STRIPPED


def run(kind: Any, options: dict[str, Any], source: Path, making: Making) -> None:
    """Run a pass and take its file."""
    one = create_pass_from_dict(kind, options, disable_search=True)
    folder = making.path.with_suffix("")
    found = one.run(ONNXModelHandler(str(source)), str(folder / "model.onnx"))
    shutil.copy(found.model_path, making.path)


if __name__ == "__main__":
    run_tool(make)
