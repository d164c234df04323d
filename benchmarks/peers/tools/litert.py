"""Google's tools: litert-torch converts, ai-edge-quantizer quantises with its stock recipes."""

from __future__ import annotations

from pathlib import Path

import litert_torch  # type: ignore[import-not-found]
from ai_edge_quantizer import quantizer, recipe  # type: ignore[import-not-found]

from benchmarks.peers.preparing import example, module
from benchmarks.peers.tools.order import Order, run_tool

SIGNATURE = "serving_default"


def make(order: Order) -> None:
    """Make all files."""
    source = order.out / "float.tflite"
    model = module(order.source.name)
    arguments = example(order.source.samples("calibration"))
    with order.making("float", source.name) as making:
        litert_torch.convert(model, arguments).export(str(making.path))
    recipes = {"static": recipe.static_wi8_ai8, "dynamic": recipe.dynamic_wi8_afp32}
    for name, chosen in recipes.items():
        with order.making(name, f"{name}.tflite", order.seconds_of("float")) as making:
            tool = quantizer.Quantizer(str(source))
            tool.load_quantization_recipe(chosen())
            calibrated = None
            if tool.need_calibration:
                ports = input_names(source)
                rows = [
                    dict(zip(ports, sample.values(), strict=True)) for sample in order.calibration()
                ]
                calibrated = tool.calibrate({SIGNATURE: rows})
            tool.quantize(calibrated).export_model(str(making.path), overwrite=True)


def input_names(file: Path) -> list[str]:
    """Return the input names of the file's signature, in the order of `forward`."""
    from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

    runner = Interpreter(model_path=str(file)).get_signature_runner(SIGNATURE)
    return sorted(runner.get_input_details())  # args_0, args_1


if __name__ == "__main__":
    run_tool(make)
