"""onnx2tf with -oiqt on PyTorch's ONNX export: float, integer, and dynamic range in one run."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import onnx2tf  # type: ignore[import-not-found]
from onnx2tf import onnx2tf as implementation

from benchmarks.peers.tools.order import Order, run_tool

FILES = {"float": "float32", "integer": "integer_quant", "dynamic": "dynamic_range_quant"}


def make(order: Order) -> None:
    """Make all files; the seconds of one are those of all."""
    # It calls `onnxsim` by name, which lies beside an activated environment's Python, and goes on
    # without it, and without a word, where that is not found.
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    out = order.out / "onnx2tf"
    images = next(iter(order.source.samples("calibration").values()))[:20]
    # It checks its transpositions on photos that it downloads; ours serve as well.
    implementation.download_test_image_data = lambda: images.transpose(0, 2, 3, 1).copy()
    started = time.perf_counter()
    failure: Exception | None = None
    try:
        onnx2tf.convert(
            input_onnx_file_path=str(order.onnx),
            output_folder_path=str(out),
            output_integer_quantized_tflite=True,
            custom_input_op_name_np_data_path=calibration(order),
            non_verbose=True,
        )
    except Exception as error:  # it may have written some of the files before
        failure = error
    seconds = order.export_s + time.perf_counter() - started
    for name in FILES:
        with order.making(name, f"{name}.tflite", seconds) as making:
            path = out / f"source_{FILES[name]}.tflite"  # named after its input
            if failure is not None and not path.exists():
                raise failure
            shutil.copy(path, making.path)
            making.note = "seconds are those of one run that writes all three"


def calibration(order: Order) -> list[list[object]]:
    """Write the samples as onnx2tf wants them: channels last, with a mean and a deviation."""
    told = []
    for name, values in order.source.samples("calibration").items():
        path = order.out / f"{name}.npy"
        last = values.transpose(0, 2, 3, 1) if values.ndim == 4 else values
        np.save(path, last)
        told.append([name, str(path), 0.0, 1.0])
    return told


if __name__ == "__main__":
    run_tool(make)
