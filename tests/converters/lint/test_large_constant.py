import torch
from torch import nn

from edgeattn_converters.lint.large_constant import large_constant
from edgeattn_converters.policies import LITERT_XNNPACK


def with_bias(rows):
    bias = torch.randn(rows, 64)
    return lambda model, x: model.linear(x + bias)


def test_a_large_constant_is_found_with_its_size(found):
    (finding,) = found(
        large_constant, with_bias(1000), (1, 1000, 64), policies=(LITERT_XNNPACK,),
        linear=nn.Linear(64, 64),
    )  # fmt: skip
    assert "0.3 MB" in finding.why
    assert "[1000, 64]" in finding.why


def test_a_small_constant_is_left_alone(found):
    assert found(large_constant, with_bias(8), (1, 8, 64), linear=nn.Linear(64, 64)) == []


def test_weights_are_left_alone(found):
    assert found(large_constant, nn.Linear(512, 512), (1, 512)) == []
