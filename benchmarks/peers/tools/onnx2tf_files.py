"""onnx2tf with -oiqt on PyTorch's ONNX export: float, integer, and dynamic range in one run.

With -oiqt it goes on to write integer ports and int16 activations, which is most of its time and
which nothing here measures; it is stopped before.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    failures: list[Exception] = []
    lite = implementation.tf.lite.TFLiteConverter
    lite.from_saved_model = integer_alone(lite.from_saved_model, failures)
    started = time.perf_counter()
    try:
        onnx2tf.convert(
            input_onnx_file_path=str(order.onnx),
            output_folder_path=str(out),
            output_integer_quantized_tflite=True,
            custom_input_op_name_np_data_path=calibration(order),
            non_verbose=True,
        )
    except Exception as error:  # it may have written some of the files before
        failures.append(error)
    seconds = order.export_s + time.perf_counter() - started
    for name in FILES:
        with order.making(name, f"{name}.tflite", seconds) as making:
            path = out / f"source_{FILES[name]}.tflite"  # named after its input
            if failures and not path.exists():
                raise failures[0]
            shutil.copy(path, making.path)
            making.note = "seconds are those of one run that writes all three"


def integer_alone(open_model: Callable[..., Any], failures: list[Exception]) -> Callable[..., Any]:
    """Return what opens its own SavedModel, for one conversion: the first is the integer file.

    A RuntimeError is what it swallows and goes on after; the first one is the reason of the row.
    """

    def opened(*words: Any, **options: Any) -> Any:
        converter = open_model(*words, **options)
        convert, asked = converter.convert, []

        def once() -> bytes:
            asked.append(True)
            if len(asked) > 1:
                raise RuntimeError("nothing here measures this form")
            try:
                content: bytes = convert()
            except RuntimeError as error:
                failures.append(error)
                raise
            return content

        converter.convert = once
        return converter

    return opened


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
