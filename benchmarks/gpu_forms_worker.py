"""Run one file on a GPU engine and say where it ran and what it answered, as one line of JSON.

    PYTHON benchmarks/gpu_forms_worker.py MODEL SAMPLE.npz

In a process of its own: onnxruntime-webgpu and onnxruntime cannot live in one environment, and a
driver is chosen by environment variables. SAMPLE holds `x` and the float answer `y`.
"""

from __future__ import annotations

import collections
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

RUNS = 3


def main() -> None:
    path, sample = Path(sys.argv[1]), np.load(sys.argv[2])
    run = on_litert if path.suffix == ".tflite" else on_webgpu
    found, facts = run(path, sample["x"], sample["y"])
    noise = float(((found - sample["y"]) ** 2).sum())
    power = float((sample["y"] ** 2).sum())
    facts["sqnr_db"] = 10 * float(np.log10(power / noise)) if noise else None
    sys.stdout.write(json.dumps(facts) + "\n")


def on_litert(path: Path, x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    from ai_edge_litert.compiled_model import (  # type: ignore[import-untyped]
        CompiledModel,
        HardwareAccelerator,
        Options,
    )

    model = CompiledModel.from_file(
        str(path), options=Options(hardware_accelerators=HardwareAccelerator.GPU)
    )
    inputs, outputs = model.create_input_buffers(0), model.create_output_buffers(0)
    inputs[0].write(np.ascontiguousarray(x))
    model.run_by_index(0, inputs, outputs)
    found = np.array(outputs[0].read(y.size, np.float32)).reshape(y.shape)
    engine = f"ai-edge-litert {version('ai-edge-litert')}"
    return found, {"engine": engine, "accelerated": bool(model.is_fully_accelerated())}


def on_webgpu(path: Path, x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.enable_profiling = True
    options.profile_file_prefix = os.path.join(tempfile.mkdtemp(), "profile")
    providers = ["WebGpuExecutionProvider", "CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    if session.get_providers()[0] != providers[0]:
        raise SystemExit("onnxruntime found no WebGPU adapter and fell back to the CPU")
    name = session.get_inputs()[0].name
    for _ in range(RUNS):
        found = session.run(None, {name: x})[0]
    placed: collections.Counter[str] = collections.Counter()
    with open(session.end_profiling(), encoding="utf-8") as profile:
        for event in json.load(profile):
            if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
                where = event["args"]["provider"].removesuffix("ExecutionProvider")
                placed[f"{where} {event['args']['op_name']}"] += 1
    engine = f"onnxruntime-webgpu {onnxruntime.__version__}"
    return found, {
        "engine": engine,
        "placed": {name: count // RUNS for name, count in placed.items()},
    }


if __name__ == "__main__":
    main()
