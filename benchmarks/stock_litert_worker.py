"""Make the stock TFLite files; runs in an environment of its own, never in EdgeAttn's.

    PYTHON benchmarks/stock_litert_worker.py --model NAME --calibration X.npz --out DIR

litert-torch brings 73 packages and its own versions of some that EdgeAttn uses, so it is installed
apart (stock_litert.py). Writes one .tflite per recipe and seconds.json.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import litert_torch  # type: ignore[import-not-found]
import numpy as np
import torch
from ai_edge_quantizer import quantizer, recipe  # type: ignore[import-not-found]

from edgeattn.models.catalog import zoo_entry
from edgeattn.models.checkpoint import load_checkpoint

SIGNATURE = "serving_default"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--calibration", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    entry = zoo_entry(options.model)
    module = load_checkpoint(entry.checkpoint_path()).module.eval()
    samples = np.load(options.calibration)["x"]

    seconds: dict[str, float] = {}
    errors: dict[str, str] = {}
    started = time.perf_counter()
    converted = litert_torch.convert(module, (torch.zeros(entry.input_shape),))
    float_file = options.out / "float.tflite"
    converted.export(str(float_file))
    seconds["float"] = time.perf_counter() - started

    for name, chosen in (("static", recipe.static_wi8_ai8), ("dynamic", recipe.dynamic_wi8_afp32)):
        started = time.perf_counter()
        try:
            tool = quantizer.Quantizer(str(float_file))
            tool.load_quantization_recipe(chosen())
            calibrated = None
            if tool.need_calibration:
                (port,) = input_names(float_file)
                rows = [{port: samples[i : i + 1]} for i in range(len(samples))]
                calibrated = tool.calibrate({SIGNATURE: rows})
            tool.quantize(calibrated).export_model(str(options.out / f"{name}.tflite"))
        except Exception as error:  # whatever the tool says is its row in the table
            errors[name] = str(error).strip().splitlines()[0][:120]
            continue
        seconds[name] = seconds["float"] + time.perf_counter() - started
    (options.out / "seconds.json").write_text(json.dumps({"seconds": seconds, "errors": errors}))


def input_names(file: Path) -> list[str]:
    """Return the input names of the file's signature."""
    from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

    runner = Interpreter(model_path=str(file)).get_signature_runner(SIGNATURE)
    return list(runner.get_input_details())


if __name__ == "__main__":
    main()
