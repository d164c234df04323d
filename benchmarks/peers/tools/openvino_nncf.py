"""OpenVINO's conversion of PyTorch's ONNX export, and NNCF's post-training quantisation of it."""

from __future__ import annotations

import nncf  # type: ignore[import-not-found]
import openvino  # type: ignore[import-not-found]

from benchmarks.peers.tools.order import Order, run_tool


def make(order: Order) -> None:
    """Make all files."""
    before = order.export_s
    with order.making("float", "float.xml", before) as making:
        openvino.save_model(openvino.convert_model(order.onnx), making.path, False)
    samples = order.calibration()
    presets = {"transformer": {"model_type": nncf.ModelType.TRANSFORMER}, "default": {}}
    for name, options in presets.items():
        with order.making(name, f"{name}.xml", before) as making:
            model = openvino.convert_model(order.onnx)
            found = nncf.quantize(model, nncf.Dataset(samples), subset_size=len(samples), **options)
            openvino.save_model(found, making.path, False)


if __name__ == "__main__":
    run_tool(make)
