"""Files must also run on tflite-runtime 2.14, the last engine for 32-bit ARM."""

from __future__ import annotations

import os
import subprocess

import numpy as np
import pytest
import torch

from edgeattn_converters.capture import capture
from tests.converters.tflite.files import File, off_by, program_of
from tests.converters.tflite.test_lower import Hybrid, Int8Attention

PYTHON = os.environ.get("EDGEATTN_TFLITE_RUNTIME_PYTHON")
RUN = """
import sys, numpy as np
from tflite_runtime.interpreter import Interpreter
interpreter = Interpreter(sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.load(sys.argv[2]))
interpreter.invoke()
np.save(sys.argv[3], interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
"""

needs_old_engine = pytest.mark.skipif(
    PYTHON is None,
    reason="tflite-runtime 2.14 needs numpy < 2, so it lives in its own environment: "
    "name its python in EDGEATTN_TFLITE_RUNTIME_PYTHON",
)


def on_old_engine(content: bytes, x: torch.Tensor, folder) -> np.ndarray:
    (folder / "model.tflite").write_bytes(content)
    np.save(folder / "x.npy", x.numpy())
    paths = [str(folder / name) for name in ("model.tflite", "x.npy", "y.npy")]
    subprocess.run([PYTHON, "-c", RUN, *paths], check=True, capture_output=True)
    return np.load(folder / "y.npy")


@needs_old_engine
def test_a_float_model_gives_the_numbers_of_pytorch_there(tmp_path):
    image = torch.randn(1, 16, 16, 3)
    program = capture(Hybrid().eval(), (image,), name="tiny")
    found = on_old_engine(File(program).content, image, tmp_path)
    expected = program(image)[0].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@needs_old_engine
def test_an_int8_attention_block_gives_the_steps_of_the_simulation_there(tmp_path):
    x = torch.randn(1, 50, 64)
    program = program_of(Int8Attention(), x)
    found = on_old_engine(File(program).content, x, tmp_path)
    steps = off_by(program(x)[0].numpy(), found, scale=0.01)
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.9  # its own kernels round in two places; 0.94 seen on x86-64
