from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from edgeattn_converters.operators import E
from edgeattn_converters.program import fake
from tests.converters.programs import normal

ROUNDING = 1e-5  # float32: at most 100 products of normal numbers, summed in another order
IMAGE = normal(2, 9, 8, 6)  # [batch, height, width, channels]


def first(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)


def check_shape(operator, *args) -> Tensor:
    """Run an operator for real and on fakes: shape and type agree."""
    fakes = [fake(arg) if isinstance(arg, Tensor) else arg for arg in args]
    with fakes[0].fake_mode:
        promised = operator(*fakes)
    result = operator(*args)
    assert tuple(promised.shape) == tuple(result.shape)
    assert promised.dtype == result.dtype
    assert result.is_contiguous()
    return result


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize("padding", [(0, 0, 0, 0), (1, 2, 0, 1)])
def test_conv2d_nhwc_is_a_convolution_channels_last(stride, dilation, groups, padding) -> None:
    weight, bias = normal(6, 3, 2, 6 // groups), normal(6)
    args = [stride] * 2, list(padding), [dilation] * 2, groups
    found = check_shape(E.conv2d_nhwc.default, IMAGE, weight, bias, *args)
    top, bottom, left, right = padding
    framed = functional.pad(first(IMAGE), (left, right, top, bottom))
    expected = functional.conv2d(framed, first(weight), bias, stride, 0, dilation, groups)
    torch.testing.assert_close(first(found), expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(2, 2, 0), (3, 2, 1), (3, 1, 0)])
def test_max_pool2d_nhwc_is_a_pool_channels_last(kernel, stride, padding) -> None:
    args = [kernel] * 2, [stride] * 2, [padding] * 2
    found = check_shape(E.max_pool2d_nhwc.default, IMAGE, *args)
    assert torch.equal(first(found), functional.max_pool2d(first(IMAGE), kernel, stride, padding))


def test_avg_pool2d_nhwc_is_a_pool_channels_last() -> None:
    found = check_shape(E.avg_pool2d_nhwc.default, IMAGE, [2, 3], [2, 1])
    expected = functional.avg_pool2d(first(IMAGE), [2, 3], [2, 1])
    torch.testing.assert_close(first(found), expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("bias", [None, normal(1, 1, 5, 7), normal(2, 4, 5, 7)])
def test_multi_head_attention_is_scaled_dot_product_attention(bias: Tensor | None) -> None:
    query, key, value = normal(2, 5, 8), normal(2, 7, 8), normal(2, 7, 12)
    found = check_shape(E.multi_head_attention.default, query, key, value, bias, 4, 0.3)
    heads = [part.unflatten(-1, (4, -1)).transpose(1, 2) for part in (query, key, value)]
    mixed = functional.scaled_dot_product_attention(*heads, attn_mask=bias, scale=0.3)
    torch.testing.assert_close(found, mixed.transpose(1, 2).flatten(2), rtol=0, atol=ROUNDING)


def test_projected_attention_projects_and_attends() -> None:
    x, weight, bias = normal(2, 5, 6), normal(24, 6), normal(24)
    found = check_shape(E.projected_attention.default, x, weight, bias, 2, 0.5)
    parts = functional.linear(x, weight, bias).chunk(3, -1)
    expected = E.multi_head_attention(*parts, None, 2, 0.5)
    torch.testing.assert_close(found, expected, rtol=0, atol=ROUNDING)
