from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
import torch
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from edgeattn_converters.tflite import litert
from edgeattn_converters.tflite.builder import packed
from edgeattn_converters.tflite.inspect import inspect
from edgeattn_converters.tflite.litert import finished, for_litert
from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import BadEnvironment
from tests.converters.tflite.files import Int8Conv, fq, off_by, program_of


def int8_convolution():
    conv = Int8Conv(torch.randn(8, 3, 3, 4) * 0.2, 0.03)
    return program_of(lambda x: fq(conv(fq(x, 0.03, 5)), 0.02, 3), torch.randn(1, 6, 6, 4))


def test_without_litert_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "litert_torch", None)
    with pytest.raises(BadEnvironment, match=r"pip install 'edgeattn\[litert\]'"):
        litert.lower(int8_convolution())


def test_weights_become_float_and_are_quantised_in_the_graph_with_the_same_result():
    program, x = int8_convolution(), torch.randn(1, 6, 6, 4)
    ready = for_litert(program)
    targets = [str(node.target) for node in ready.graph.nodes]
    assert "quantized_decomposed.quantize_per_channel.default" in targets
    assert not any("edgeattn" in target for target in targets)
    torch.testing.assert_close(ready(x), program(x), rtol=0, atol=0)


def test_ports_get_their_names():
    content = lower(program_of(torch.exp, torch.randn(1, 4)))
    content = content.replace(b"x0\0", b"_0\0")  # as litert-torch counts its inputs
    done = finished(content, ["image"], ["logits"])
    signature = Interpreter(model_content=done).get_signature_list()
    assert signature == {"serving_default": {"inputs": ["image"], "outputs": ["logits"]}}
    assert inspect(done) == inspect(content)


def test_int8_ports_become_float_again():
    program, x = int8_convolution(), torch.randn(1, 6, 6, 4)
    model = schema.ModelT.InitFromPackedBuf(lower(program), 0)
    graph = model.subgraphs[0]
    first, last = graph.operators[0], graph.operators.pop()  # QUANTIZE and DEQUANTIZE
    del graph.operators[0]
    graph.inputs, graph.outputs = first.outputs, last.inputs
    model.signatureDefs[0].inputs[0].tensorIndex = int(first.outputs[0])
    model.signatureDefs[0].inputs[0].name = b"args_0"
    model.signatureDefs[0].outputs[0].tensorIndex = int(last.inputs[0])
    done = finished(packed(model), ["x"], ["y"])
    runner = Interpreter(model_content=done).get_signature_runner("serving_default")
    steps = off_by(program(x)[0].numpy(), runner(x=x.numpy())["y"], scale=0.02)
    assert steps.max() <= 1


@pytest.mark.skipif(
    importlib.util.find_spec("litert_torch") is None,
    reason="litert-torch is not installed: pip install 'edgeattn[litert]'",
)
def test_both_writers_give_the_same_steps():
    program, x = int8_convolution(), np.random.default_rng(0).standard_normal((1, 6, 6, 4))
    results = []
    for content in (lower(program), litert.lower(program)):
        runner = Interpreter(model_content=content).get_signature_runner("serving_default")
        results.append(runner(x0=x.astype(np.float32))["output"])
    assert np.abs(results[0] - results[1]).max() <= 0.02 * 1.01  # one integer step
