"""The same library in tflite-runtime 2.14, whose structs are older: the same bits come out."""

from __future__ import annotations

import os
import subprocess

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert", reason="ai-edge-litert is not installed")

from tests.runtime.kernels.test_tflite_delegate import core, side_by_side
from tests.runtime.kernels.tflite_graphs import Graph, numbers, run, steps_apart

PYTHON = os.environ.get("EDGEATTN_TFLITE_RUNTIME_PYTHON")
RUN = """
import ctypes, sys
import numpy as np
from tflite_runtime.interpreter import Interpreter, load_delegate

model, inputs, outputs, library = sys.argv[1:]
count = ctypes.CDLL(library).edgeattn_tflite_cores
count.argtypes = [ctypes.c_void_p]
found = {}
for name, delegates in (("with", [load_delegate(library)]), ("without", [])):
    interpreter = Interpreter(model, num_threads=1, experimental_delegates=delegates)
    interpreter.allocate_tensors()
    signature = interpreter._get_full_signature_list()["serving_default"]
    for key, value in np.load(inputs).items():
        interpreter.set_tensor(signature["inputs"][key], value)
    interpreter.invoke()
    found[name] = interpreter.get_tensor(signature["outputs"]["y"])
    if delegates:
        found["cores"] = count(delegates[0]._get_native_delegate_pointer())
np.savez(outputs, **found)
"""


@pytest.mark.skipif(
    PYTHON is None,
    reason="tflite-runtime 2.14 needs numpy < 2, so it lives in its own environment: "
    "name its python in EDGEATTN_TFLITE_RUNTIME_PYTHON",
)
@pytest.mark.parametrize("bias", [None, (1, 3, 5, 7)], ids=["plain", "with a bias"])
def test_one_library_serves_the_old_engine_too(kernels, tmp_path, bias):
    graph = Graph()
    content, inputs = graph.file(y=side_by_side(graph, core(graph, bias=bias))), numbers(graph)
    (tmp_path / "model.tflite").write_bytes(content)
    np.savez(tmp_path / "x.npz", **inputs)
    paths = [str(tmp_path / name) for name in ("model.tflite", "x.npz", "y.npz")]
    subprocess.run(
        [PYTHON, "-c", RUN, *paths, str(kernels.library())], check=True, capture_output=True
    )
    found = np.load(tmp_path / "y.npz")
    assert found["cores"] == 1
    expected = run(content, inputs, kernels.library()).outputs["y"]
    np.testing.assert_array_equal(found["with"], expected)
    assert steps_apart(found["with"], found["without"]) <= 2  # its float core, 8-bit weights here
