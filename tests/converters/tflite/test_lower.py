from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.capture import capture
from edgeattn_converters.tflite.lower import lower
from edgeattn_runtime.errors import CannotConvert
from tests.converters.tflite.files import (
    Calls,
    File,
    Int8Linear,
    both,
    conv2d_nhwc,
    fq,
    off_by,
    program_of,
)


class Hybrid(nn.Module):
    """A convolution, a depthwise one, one attention block, a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Parameter(torch.randn(16, 3, 3, 3) * 0.2)
        self.depthwise = nn.Parameter(torch.randn(16, 3, 3, 1) * 0.3)
        self.bias = nn.Parameter(torch.randn(16))
        self.norm = nn.LayerNorm(16)
        self.qkv, self.out, self.head = nn.Linear(16, 48), nn.Linear(16, 16), nn.Linear(16, 5)

    def forward(self, image: Tensor) -> Tensor:
        x = conv2d_nhwc(image, self.stem, self.bias, [2, 2], [1, 1, 1, 1], [1, 1], 1).relu()
        x = conv2d_nhwc(x, self.depthwise, self.bias, [1, 1], [1, 1, 1, 1], [1, 1], 16)
        x = nn.functional.hardswish(x).reshape(1, 64, 16)
        q, k, v = (
            t.unflatten(-1, (4, 4)).transpose(1, 2) for t in self.qkv(self.norm(x)).chunk(3, -1)
        )
        y = (q @ k.transpose(-1, -2) * 0.5).softmax(-1) @ v
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return self.head(nn.functional.gelu(x).mean(1))


class Int8Attention(nn.Module):
    """Every value between two operators is held as int8; 4 heads of 16."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = (Int8Linear(64, 64, 0.03) for _ in range(3))
        self.out = Int8Linear(64, 64, 0.01)

    def forward(self, x: Tensor) -> Tensor:
        x = fq(x, 0.03, 3)

        def heads(y: Tensor) -> Tensor:
            return y.unflatten(-1, (4, 16)).transpose(1, 2)

        q, k, v = heads(fq(self.q(x), 0.02, 5)), heads(fq(self.k(x), 0.02)), fq(self.v(x), 0.02)
        scores = fq(q @ k.transpose(-1, -2), 0.1, -7)
        weights = fq((fq(scores * 0.25, 0.025, -7)).softmax(-1), 1 / 256, -128)
        y = fq(weights @ heads(v), 0.01, 2)
        return fq(self.out(y.transpose(1, 2).flatten(2)), 0.01, 1)


def test_a_float_model_gives_the_numbers_of_pytorch():
    image = torch.randn(1, 16, 16, 3)
    expected, file = both(Hybrid(), image)
    np.testing.assert_allclose(file(image), expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_an_int8_attention_block_gives_the_steps_of_the_simulation():
    program = program_of(Int8Attention(), torch.randn(1, 50, 64))
    file = File(program)
    steps = []
    for _ in range(10):
        x = torch.randn(1, 50, 64)
        steps.append(off_by(program(x)[0].numpy(), file(x), scale=0.01))
    steps = np.concatenate(steps)
    assert (steps == 0).mean() >= 0.98
    assert steps.max() <= 1


def test_an_int8_attention_block_is_int8_from_its_first_operator_to_its_last():
    file = File(program_of(Int8Attention(), torch.randn(1, 50, 64)))
    kinds = file.operators
    assert kinds.pop("DEQUANTIZE:FLOAT32") == 1  # the border
    assert all(kind.endswith(":INT8") for kind in kinds), kinds
    assert kinds["FULLY_CONNECTED:INT8"] == 4
    assert kinds["BATCH_MATMUL:INT8"] == 2


def test_the_same_program_gives_the_same_bytes():
    program = capture(Hybrid().eval(), (torch.randn(1, 16, 16, 3),), name="tiny")
    assert lower(program) == lower(program.copy())


def test_ports_and_tensors_keep_their_names():
    program = capture(Hybrid().eval(), (torch.randn(1, 16, 16, 3),), name="tiny")
    file = File(program)
    signature = file.interpreter.get_signature_list()
    assert signature == {"serving_default": {"inputs": ["image"], "outputs": ["output"]}}
    names = {tensor.name.decode() for tensor in file.model.subgraphs[0].tensors}
    assert {node.name for node in program.graph.nodes if "softmax" in node.name} <= names
    assert file.model.description == b"EdgeAttn: tiny"


def test_every_unknown_operator_is_named_at_once_with_its_layer_and_its_count():
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = Calls(lambda x: torch.erfinv(x) + torch.erfinv(x * 0.5))

        def forward(self, x: Tensor) -> Tensor:
            return self.inner(x).cumsum(1)

    with pytest.raises(CannotConvert) as refusal:
        lower(capture(Odd(), (torch.rand(1, 4),), name="tiny"))
    message = str(refusal.value)
    assert "aten.erfinv.default (2 times, in inner)" in message
    assert "aten.cumsum.default (1 time, in (top))" in message
    assert "pip install 'edgeattn[litert]'" in message
