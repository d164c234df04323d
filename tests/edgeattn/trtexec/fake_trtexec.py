"""A stand-in for trtexec: takes its flags, writes its exports, character by character.

The formats are those of TensorRT's samples/common (sampleReporting.cpp, logger.cpp) and of its
Engine Inspector. The answers are those of ONNX Runtime, times $FAKE_FACTOR.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime

VERSION = "[TensorRT v100300] [b17]"
TIMES = ("startEnqMs", "endEnqMs", "startH2dMs", "endH2dMs", "startComputeMs", "endComputeMs")
FLOAT, INT8 = "Row major linear FP32", "Thirty-two wide channel vectorized row major Int8 format"
REFORMAT = "Reformatting CopyNode for Input Tensor 0 to gemm"


def entry(**facts: object) -> str:
    """Return an object as C++ prints it: spaces around the colon, strings in quotes."""
    shown = {key: f'"{one}"' if isinstance(one, str) else f"{one:g}" for key, one in facts.items()}
    return "{ " + ", ".join(f'"{key}" : {text}' for key, text in shown.items()) + " }"


def tensor(name: str, type: str) -> str:
    return (
        f'[{{"Name": "{name}", "Location": "Device", "Dimensions": [1,8], '
        f'"Format/Datatype": "{type}"}}]'
    )


def layer(name: str, kind: str, reads: str, writes: str) -> str:
    ends = f'"Inputs": {tensor("i", reads)}, "Outputs": {tensor("o", writes)}'
    return f'{{"Name": "{name}", "LayerType": "{kind}", {ends}, "TacticValue": "0x3ea"}}'


def main(words: list[str]) -> int:
    given = dict(word[2:].partition("=")[::2] for word in words)
    print("&&&& RUNNING TensorRT.trtexec", VERSION, "# trtexec", *words)
    print("[11/21/2026-10:00:00] [I] Selected Device: Orin")
    if os.environ.get("FAKE_FAILS"):
        print("[11/21/2026-10:00:01] [E] Error[4]: [network.cpp] a node is not supported")
        print("&&&& FAILED TensorRT.trtexec", VERSION, "# trtexec", *words)
        return 1
    name, file = given["loadInputs"].split(":")
    session = onnxruntime.InferenceSession(given["onnx"], providers=["CPUExecutionProvider"])
    x = np.fromfile(file, "<f4").reshape(session.get_inputs()[0].shape)
    y = session.run(None, {name: x})[0] * float(os.environ.get("FAKE_FACTOR", "1"))
    values = ", ".join(f"{value:.9g}" for value in y.ravel())  # "nan", as C++ has it
    shape = "x".join(map(str, y.shape))
    Path(given["exportOutput"]).write_text(
        f'[\n  {{ "name" : "{session.get_outputs()[0].name}"\n  , "dimensions" : "{shape}"\n'
        f'  , "values" : [ {values} ]\n  }}\n]\n'
    )
    ms = 0.5 if "int8" in given else 1.0 if "fp16" in given else 2.0
    runs = []
    for start in range(0, 2000, 100):
        latency = 9.0 if start < float(given["warmUp"]) else ms
        spent = {"h2dMs": 0.01, "computeMs": ms, "d2hMs": 0.01, "latencyMs": latency}
        runs.append(entry(**dict.fromkeys(TIMES, start), **spent))
    Path(given["exportTimes"]).write_text("[\n  " + "\n, ".join(runs) + "\n]\n")
    profile = [
        entry(count=10),
        entry(name=REFORMAT, timeMs=1, averageMs=0.1, medianMs=0.1, percentage=25),
        entry(name="gemm", timeMs=3, averageMs=0.3, medianMs=0.3, percentage=75),
    ]
    Path(given["exportProfile"]).write_text("[\n  " + "\n, ".join(profile) + "\n]\n")
    type = INT8 if "int8" in given else FLOAT
    layers = [layer(REFORMAT, "Reformat", FLOAT, type), layer("gemm", "kgen", type, FLOAT)]
    Path(given["exportLayerInfo"]).write_text(
        '{"Layers": [' + "\n,".join(layers) + '],\n"Bindings": ["x"\n,"y"\n]}'
    )
    Path(given["saveEngine"]).write_bytes(b"ptrt")
    print("&&&& PASSED TensorRT.trtexec", VERSION, "# trtexec", *words)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
