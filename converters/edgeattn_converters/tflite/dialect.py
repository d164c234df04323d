"""The operators of a Program that the writer must recognise, not only translate."""

from __future__ import annotations

import operator

import torch
import torch.ao.quantization.fx._decomposed  # noqa: F401 (defines torch.ops.quantized_decomposed)

import edgeattn_converters.operators  # noqa: F401 (defines torch.ops.edgeattn)

ATEN = torch.ops.aten
EDGE = torch.ops.edgeattn

QUANTIZE = torch.ops.quantized_decomposed.quantize_per_tensor.default
DEQUANTIZE = torch.ops.quantized_decomposed.dequantize_per_tensor.default
DEQUANTIZE_CHANNELS = torch.ops.quantized_decomposed.dequantize_per_channel.default

MATMULS = frozenset({ATEN.matmul.default, ATEN.bmm.default})
TRANSPOSES = frozenset({ATEN.permute.default, ATEN.transpose.int})
RELUS = frozenset({ATEN.relu.default, ATEN.relu_.default})
CLAMPS = frozenset({ATEN.relu6.default, ATEN.hardtanh.default, ATEN.hardtanh_.default})

SAME_VALUE = frozenset(
    {
        ATEN.alias.default,
        ATEN.clone.default,
        ATEN.contiguous.default,
        ATEN.detach.default,
        ATEN.dropout.default,
    }
)  # in evaluation

# They move numbers without changing them, so they commute with quantisation.
MOVES = SAME_VALUE | TRANSPOSES | {
    ATEN.reshape.default,
    ATEN.view.default,
    ATEN._unsafe_view.default,
    ATEN.flatten.using_ints,
    ATEN.unflatten.int,
    ATEN.squeeze.default,
    ATEN.squeeze.dim,
    ATEN.squeeze.dims,
    ATEN.unsqueeze.default,
    ATEN.expand.default,
    ATEN.slice.Tensor,
    ATEN.select.int,
    ATEN.chunk.default,
    ATEN.split.Tensor,
    ATEN.split_with_sizes.default,
    ATEN.unbind.int,
    operator.getitem,
}  # fmt: skip

# They pick one of their numbers; rounding is monotone, so these commute with it too.
PICKS = frozenset({EDGE.max_pool2d_nhwc.default, ATEN.amax.default})

# These take a following relu into themselves (`fusedActivationFunction`).
FUSING = frozenset(
    {
        EDGE.conv2d_nhwc.default,
        ATEN.linear.default,
        ATEN.add.Tensor,
        ATEN.sub.Tensor,
        ATEN.mul.Tensor,
    }
)
