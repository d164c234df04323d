"""Operators that engines have and ATen has not, as PyTorch custom operators.

Specialisation writes them into a Program, the simulation runs them, and each writer maps
them one to one. Their float results equal the ATen form they replace.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


@torch.library.custom_op("edgeattn::conv2d_nhwc", mutates_args=())
def conv2d_nhwc(
    x: Tensor, weight: Tensor, bias: Tensor | None,
    stride: list[int], padding: list[int], dilation: list[int], groups: int,
) -> Tensor:  # fmt: skip
    """Convolve a channels-last image, as TFLite does.

    Args:
        x: [batch, height, width, in].
        weight: [out, kernel_height, kernel_width, in / groups].
        bias: [out] or None.
        stride: Rows, columns.
        padding: Top, bottom, left, right, in pixels of zeros.
        dilation: Rows, columns.
        groups: 1, or `in` for a depthwise convolution.

    Returns:
        [batch, out_height, out_width, out].
    """
    top, bottom, left, right = padding
    image = functional.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    y = functional.conv2d(image, weight.permute(0, 3, 1, 2), bias, stride, 0, dilation, groups)
    return y.permute(0, 2, 3, 1).contiguous()


@conv2d_nhwc.register_fake
def _(
    x: Tensor, weight: Tensor, bias: Tensor | None,
    stride: list[int], padding: list[int], dilation: list[int], groups: int,
) -> Tensor:  # fmt: skip
    height = x.shape[1] + padding[0] + padding[1] - dilation[0] * (weight.shape[1] - 1) - 1
    width = x.shape[2] + padding[2] + padding[3] - dilation[1] * (weight.shape[2] - 1) - 1
    return x.new_empty(x.shape[0], height // stride[0] + 1, width // stride[1] + 1, weight.shape[0])


@torch.library.custom_op("edgeattn::max_pool2d_nhwc", mutates_args=())
def max_pool2d_nhwc(x: Tensor, kernel: list[int], stride: list[int], padding: list[int]) -> Tensor:
    """Max-pool a channels-last image [batch, height, width, channels]; padding is rows, columns."""
    y = functional.max_pool2d(x.permute(0, 3, 1, 2), kernel, stride, padding)
    return y.permute(0, 2, 3, 1).contiguous()


@max_pool2d_nhwc.register_fake
def _(x: Tensor, kernel: list[int], stride: list[int], padding: list[int]) -> Tensor:
    height = (x.shape[1] + 2 * padding[0] - kernel[0]) // stride[0] + 1
    width = (x.shape[2] + 2 * padding[1] - kernel[1]) // stride[1] + 1
    return x.new_empty(x.shape[0], height, width, x.shape[3])


@torch.library.custom_op("edgeattn::avg_pool2d_nhwc", mutates_args=())
def avg_pool2d_nhwc(x: Tensor, kernel: list[int], stride: list[int]) -> Tensor:
    """Average-pool a channels-last image [batch, height, width, channels] without padding."""
    y = functional.avg_pool2d(x.permute(0, 3, 1, 2), kernel, stride)
    return y.permute(0, 2, 3, 1).contiguous()


@avg_pool2d_nhwc.register_fake
def _(x: Tensor, kernel: list[int], stride: list[int]) -> Tensor:
    height = (x.shape[1] - kernel[0]) // stride[0] + 1
    width = (x.shape[2] - kernel[1]) // stride[1] + 1
    return x.new_empty(x.shape[0], height, width, x.shape[3])


@torch.library.custom_op("edgeattn::multi_head_attention", mutates_args=())
def multi_head_attention(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, num_heads: int, scale: float
) -> Tensor:
    """Softmax attention over tokens whose heads lie side by side, as com.microsoft has it.

    Args:
        query: [batch, tokens, heads * head_width].
        key: [batch, keys, heads * head_width].
        value: [batch, keys, heads * value_width].
        bias: Added to the scores, broadcast to [batch, heads, tokens, keys], or None.
        num_heads: How many heads share the width.
        scale: Multiplies the scores before the softmax.

    Returns:
        [batch, tokens, heads * value_width].
    """
    q, k, v = (t.reshape(*t.shape[:-1], num_heads, -1).transpose(1, 2) for t in (query, key, value))
    scores = q @ k.transpose(-1, -2) * scale  # [batch, heads, tokens, keys]
    if bias is not None:
        scores = scores + bias
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2).contiguous()


@multi_head_attention.register_fake
def _(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, num_heads: int, scale: float
) -> Tensor:
    return query.new_empty(*query.shape[:-1], value.shape[-1])


@torch.library.custom_op("edgeattn::projected_attention", mutates_args=())
def projected_attention(
    x: Tensor, weight: Tensor, bias: Tensor, num_heads: int, scale: float
) -> Tensor:
    """Project tokens to queries, keys and values and let them attend: QAttention's float twin.

    Args:
        x: [batch, tokens, in].
        weight: [3 * width, in]: the rows of Q, then K, then V.
        bias: [3 * width].
        num_heads: How many heads share the width.
        scale: Multiplies the scores before the softmax.

    Returns:
        [batch, tokens, width].
    """
    query, key, value = functional.linear(x, weight, bias).chunk(3, dim=-1)
    attended: Tensor = E.multi_head_attention(query, key, value, None, num_heads, scale)
    return attended


@projected_attention.register_fake
def _(x: Tensor, weight: Tensor, bias: Tensor, num_heads: int, scale: float) -> Tensor:
    return x.new_empty(*x.shape[:-1], weight.shape[0] // 3)


@torch.library.custom_op("edgeattn::dynamic_int8", mutates_args=())
def dynamic_int8(x: Tensor, per_row: bool) -> Tensor:
    """Round an activation to the 256 levels that its own range gives: dynamic quantisation.

    The scale is found while the model runs, from the smallest and largest value (0 included), so
    no calibration can be wrong. XNNPACK takes one scale per row, ONNX Runtime's
    DynamicQuantizeLinear one per tensor.

    Args:
        x: [..., width].
        per_row: One scale for each row of `width` numbers; else one for all.

    Returns:
        The rounded numbers, the same shape.
    """
    if per_row:
        low, high = (bound.clamp(max=0) if i == 0 else bound.clamp(min=0)
                     for i, bound in enumerate(x.aminmax(dim=-1, keepdim=True)))  # fmt: skip
    else:
        low, high = x.min().clamp(max=0), x.max().clamp(min=0)
    scale = (high - low) / 255
    scale = torch.where(scale == 0, 1.0, scale)
    zero = (-low / scale).round()
    return ((x / scale).round() + zero).clamp(0, 255).sub(zero) * scale


@dynamic_int8.register_fake
def _(x: Tensor, per_row: bool) -> Tensor:
    return torch.empty_like(x)


E = torch.ops.edgeattn
"""The namespace of the operators above; importing it from here makes sure that they exist."""
