"""What our session costs over the bare engine; run by tool_cost.py as a child.

    python -m benchmarks.overhead BUNDLE ROUNDS

Prints JSON: per file of the bundle, milliseconds of both and the ratio with its interval. Both
sides take the same array and give back arrays of their own; pairs of sessions are opened several
times, because where a session's weights happen to lie in memory matters more than our checks.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np

from edgeattn_runtime.latency import measure_interleaved, median_ratio_interval
from edgeattn_runtime.onnx_session import import_engine as import_onnxruntime
from edgeattn_runtime.session import open_session
from edgeattn_runtime.tflite_session import import_engine as import_litert

PAIRS = 5
Run = Callable[[], object]


def bare_onnx(file: Path, x: Any) -> Run:
    """Return `session.run` of ONNX Runtime itself."""
    engine = import_onnxruntime()
    options = engine.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = engine.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x}
    return lambda: session.run(None, feed)


def bare_tflite(file: Path, x: Any) -> Run:
    """Return set_tensor, invoke, get_tensor of LiteRT itself."""
    interpreter = import_litert("ai-edge-litert")(model_path=str(file), num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]

    def run() -> object:
        interpreter.set_tensor(source, x)
        interpreter.invoke()
        return interpreter.get_tensor(result)

    return run


BARE = {".onnx": bare_onnx, ".tflite": bare_tflite}


def overhead(file: Path, rounds: int) -> dict[str, Any]:
    """Return both latencies and the ratio of ours over the bare engine's."""
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(PAIRS):
        session = open_session(file)
        port = session.inputs[0]
        x = np.random.default_rng(0).random(port.shape, np.float32)
        feed = {port.name: x}
        runs: dict[str, Run] = {
            "ours": lambda session=session, feed=feed: session.run(feed),  # type: ignore[misc]
            "bare": BARE[file.suffix](file, x),
        }
        found = measure_interleaved(runs, warmup=10, iterations=max(rounds // PAIRS, 10))
        ours += found["ours"]
        bare += found["bare"]
    ratio = median_ratio_interval(ours, bare)
    return {
        "ours_ms": float(np.median(ours)),
        "bare_ms": float(np.median(bare)),
        "ratio": asdict(ratio),
    }


if __name__ == "__main__":
    bundle, rounds = Path(sys.argv[1]), int(sys.argv[2])
    files = sorted(file for file in bundle.iterdir() if file.suffix in BARE)
    sys.stdout.write(json.dumps({file.name: overhead(file, rounds) for file in files}))
