"""Optimum's presets for ONNX Runtime: `AutoQuantizationConfig.avx512_vnni` and `.arm64`."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from optimum.onnxruntime import ORTQuantizer  # type: ignore[import-not-found]
from optimum.onnxruntime.configuration import (  # type: ignore[import-not-found]
    AutoCalibrationConfig,
    AutoQuantizationConfig,
    CalibrationConfig,
)

from benchmarks.peers.tools.onnx_runtime import STRIPPED, stripped
from benchmarks.peers.tools.order import Making, Order, run_tool


class Samples(list[Any]):
    """The calibration samples with the facts that Optimum asks a Hugging Face data set for."""

    info = SimpleNamespace(builder_name="samples", config_name="all")
    split = "train"
    num_rows = 0


def make(order: Order) -> None:
    """Make all files."""
    for name, preset in (
        ("vnni", AutoQuantizationConfig.avx512_vnni),
        ("arm64", AutoQuantizationConfig.arm64),
    ):
        for how, static in (("static", True), ("dynamic", False)):
            with order.making(f"{name}-{how}", f"{name}-{how}.onnx", order.export_s) as making:
                quantise(order, preset(is_static=static), static, making)


def quantise(order: Order, options: Any, static: bool, making: Making) -> None:
    """Quantise PyTorch's export; where the tool stops at its shapes, without them."""
    folder = making.path.with_suffix("")
    folder.mkdir(exist_ok=True)
    source = folder / "model.onnx"
    shutil.copy(order.onnx, source)
    try:
        run(order, source, options, static, making.path)
    except Exception:  # InferenceError, of a module that is not public
        stripped(order.onnx, source)
        run(order, source, options, static, making.path)
        making.note = STRIPPED


def run(order: Order, source: Path, options: Any, static: bool, result: Path) -> None:
    """Calibrate where that is asked for, and quantise."""
    quantizer = ORTQuantizer.from_pretrained(source.parent, file_name=source.name)
    ranges = None
    if static:
        samples = Samples(
            {name: value[0] for name, value in sample.items()} for sample in order.calibration()
        )
        samples.num_rows = len(samples)
        calibration: CalibrationConfig = AutoCalibrationConfig.minmax(samples)
        ranges = quantizer.fit(
            dataset=samples,
            calibration_config=calibration,
            onnx_augmented_model_name=str(source.with_name("augmented.onnx")),
            operators_to_quantize=options.operators_to_quantize,
        )
    quantizer.quantize(
        save_dir=source.parent, quantization_config=options, calibration_tensors_range=ranges
    )
    shutil.copy(source.with_name("model_quantized.onnx"), result)


if __name__ == "__main__":
    run_tool(make)
