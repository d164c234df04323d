from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
import torch

from edgeattn_converters.tflite.inspect import inspect
from edgeattn_converters.tflite.litert import for_litert, lower_with_litert, renamed
from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import BadEnvironment
from tests.converters.tflite.files import Int8Conv, fq, program_of


def int8_convolution():
    conv = Int8Conv(torch.randn(8, 3, 3, 4) * 0.2, 0.03)
    return program_of(lambda x: fq(conv(fq(x, 0.03, 5)), 0.02, 3), torch.randn(1, 6, 6, 4))


def test_without_litert_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "litert_torch", None)
    with pytest.raises(BadEnvironment, match=r"pip install 'edgeattn\[litert\]'"):
        lower_with_litert(int8_convolution())


def test_weights_become_float_and_are_quantised_in_the_graph_with_the_same_result():
    program, x = int8_convolution(), torch.randn(1, 6, 6, 4)
    ready = for_litert(program)
    targets = [str(node.target) for node in ready.graph.nodes]
    assert "quantized_decomposed.quantize_per_channel.default" in targets
    assert not any("edgeattn" in target for target in targets)
    torch.testing.assert_close(ready(x), program(x), rtol=0, atol=0)


def test_outputs_are_renamed_in_the_signature_only():
    content = lower(program_of(torch.exp, torch.randn(1, 4)))
    from ai_edge_litert.interpreter import Interpreter

    signature = Interpreter(model_content=renamed(content, ["logits"])).get_signature_list()
    assert signature["serving_default"]["outputs"] == ["logits"]
    assert inspect(renamed(content, ["logits"])) == inspect(content)


@pytest.mark.skipif(
    importlib.util.find_spec("litert_torch") is None,
    reason="litert-torch is not installed: pip install 'edgeattn[litert]'",
)
def test_both_writers_give_the_same_steps():
    from ai_edge_litert.interpreter import Interpreter

    program, x = int8_convolution(), np.random.default_rng(0).standard_normal((1, 6, 6, 4))
    results = []
    for content in (lower(program), lower_with_litert(program)):
        runner = Interpreter(model_content=content).get_signature_runner("serving_default")
        results.append(runner(x0=x.astype(np.float32))["output"])
    assert np.abs(results[0] - results[1]).max() <= 0.02 * 1.01  # one integer step
