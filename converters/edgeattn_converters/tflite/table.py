"""From an operator of a Program to the function that writes it: everything TFLite knows here."""

from __future__ import annotations

import operator
from collections.abc import Callable

from torch import fx

from edgeattn_converters.tflite import (
    activation,
    attention,
    convolution,
    elementwise,
    embedding,
    gathering,
    linear,
    normalization,
    pooling,
    quantization,
    ranking,
    reduction,
    reshaping,
)
from edgeattn_converters.tflite.dialect import (
    ATEN,
    CLAMPS,
    DEQUANTIZE,
    DEQUANTIZE_CHANNELS,
    EDGE,
    MATMULS,
    QUANTIZE,
    RELUS,
    SAME_VALUE,
    TRANSPOSES,
)
from edgeattn_converters.tflite.writer import Writer

ADD = elementwise.arithmetic("ADD", "AddOptions")
SUB = elementwise.arithmetic("SUB", "SubOptions")
MUL = elementwise.arithmetic("MUL", "MulOptions")
MAXIMUM = elementwise.binary("MAXIMUM", "MaximumMinimumOptions")
MINIMUM = elementwise.binary("MINIMUM", "MaximumMinimumOptions")
EQUAL = elementwise.binary("EQUAL", "EqualOptions")
NOT_EQUAL = elementwise.binary("NOT_EQUAL", "NotEqualOptions")
LESS = elementwise.binary("LESS", "LessOptions")
LESS_EQUAL = elementwise.binary("LESS_EQUAL", "LessEqualOptions")
GREATER = elementwise.binary("GREATER", "GreaterOptions")
GREATER_EQUAL = elementwise.binary("GREATER_EQUAL", "GreaterEqualOptions")
AND = elementwise.logical("LOGICAL_AND", "LogicalAndOptions")
OR = elementwise.logical("LOGICAL_OR", "LogicalOrOptions")
NOT = elementwise.logical("LOGICAL_NOT", "LogicalNotOptions")
MEAN = reduction.reduction("MEAN")
SUM = reduction.reduction("SUM")
REDUCE_MAX = reduction.reduction("REDUCE_MAX")

OPERATORS: dict[object, Callable[[Writer, fx.Node], None]] = {
    QUANTIZE: quantization.quantize,
    DEQUANTIZE: quantization.dequantize,
    DEQUANTIZE_CHANNELS: quantization.constant_weight,
    EDGE.conv2d_nhwc.default: convolution.conv2d,
    EDGE.max_pool2d_nhwc.default: pooling.max_pool,
    EDGE.avg_pool2d_nhwc.default: pooling.avg_pool,
    ATEN.linear.default: linear.linear,
    EDGE.dynamic_int8.default: linear.dynamic_activation,
    **dict.fromkeys(MATMULS, linear.matmul),
    EDGE.multi_head_attention.default: attention.attention,
    ATEN.embedding.default: embedding.embedding,
    ATEN.layer_norm.default: normalization.layer_norm,
    ATEN.rms_norm.default: normalization.rms_norm,
    # activations
    **dict.fromkeys(RELUS, activation.relu),
    **dict.fromkeys(CLAMPS, activation.relu),
    ATEN.gelu.default: activation.gelu,
    ATEN.silu.default: activation.silu,
    ATEN.silu_.default: activation.silu,
    ATEN.hardswish.default: activation.hardswish,
    ATEN.hardswish_.default: activation.hardswish,
    ATEN.hardsigmoid.default: activation.hardsigmoid,
    ATEN.hardsigmoid_.default: activation.hardsigmoid,
    ATEN.sigmoid.default: activation.sigmoid,
    ATEN.tanh.default: activation.tanh,
    ATEN.softmax.int: activation.softmax,
    ATEN._softmax.default: activation.softmax,
    ATEN.log_softmax.int: activation.log_softmax,
    # number by number
    ATEN.add.Tensor: ADD,
    ATEN.add.Scalar: ADD,
    ATEN.add_.Tensor: ADD,
    ATEN.sub.Tensor: SUB,
    ATEN.sub.Scalar: SUB,
    ATEN.rsub.Scalar: elementwise.reverse_subtract,
    ATEN.rsub.Tensor: elementwise.reverse_subtract,
    ATEN.mul.Tensor: MUL,
    ATEN.mul.Scalar: MUL,
    ATEN.div.Tensor: elementwise.divide,
    ATEN.div.Scalar: elementwise.divide,
    ATEN.pow.Tensor_Scalar: elementwise.power,
    ATEN.square.default: elementwise.unary("SQUARE", "SquareOptions"),
    ATEN.reciprocal.default: elementwise.reciprocal,
    ATEN.neg.default: elementwise.unary("NEG", "NegOptions"),
    ATEN.abs.default: elementwise.unary("ABS", "AbsOptions"),
    ATEN.exp.default: elementwise.unary("EXP", "ExpOptions"),
    ATEN.log.default: elementwise.unary("LOG"),
    ATEN.sqrt.default: elementwise.unary("SQRT"),
    ATEN.rsqrt.default: elementwise.unary("RSQRT"),
    ATEN.sin.default: elementwise.unary("SIN"),
    ATEN.cos.default: elementwise.unary("COS", "CosOptions"),
    ATEN.maximum.default: MAXIMUM,
    ATEN.minimum.default: MINIMUM,
    ATEN.clamp.default: elementwise.clamp,
    ATEN.clamp_min.default: elementwise.clamp,
    ATEN.where.self: elementwise.where,
    ATEN.where.ScalarOther: elementwise.where,
    ATEN.where.ScalarSelf: elementwise.where,
    ATEN.masked_fill.Scalar: elementwise.masked_fill,
    ATEN.to.dtype: elementwise.cast,
    ATEN._to_copy.default: elementwise.cast,
    ATEN.eq.Scalar: EQUAL,
    ATEN.eq.Tensor: EQUAL,
    ATEN.ne.Scalar: NOT_EQUAL,
    ATEN.ne.Tensor: NOT_EQUAL,
    ATEN.lt.Scalar: LESS,
    ATEN.lt.Tensor: LESS,
    ATEN.le.Scalar: LESS_EQUAL,
    ATEN.le.Tensor: LESS_EQUAL,
    ATEN.gt.Scalar: GREATER,
    ATEN.gt.Tensor: GREATER,
    ATEN.ge.Scalar: GREATER_EQUAL,
    ATEN.ge.Tensor: GREATER_EQUAL,
    ATEN.logical_and.default: AND,
    ATEN.bitwise_and.Tensor: AND,
    ATEN.__and__.Tensor: AND,
    ATEN.logical_or.default: OR,
    ATEN.bitwise_or.Tensor: OR,
    ATEN.__or__.Tensor: OR,
    ATEN.logical_not.default: NOT,
    ATEN.bitwise_not.default: NOT,
    # many numbers to one
    ATEN.mean.dim: MEAN,
    ATEN.mean.default: MEAN,
    ATEN.sum.dim_IntList: SUM,
    ATEN.sum.default: SUM,
    ATEN.amax.default: REDUCE_MAX,
    # numbers in order
    ATEN.topk.default: ranking.topk,
    ATEN.sort.default: ranking.sort,
    ATEN.argmax.default: ranking.argmax,
    # numbers that move
    **dict.fromkeys(SAME_VALUE, reshaping.reshape),
    **dict.fromkeys(TRANSPOSES, reshaping.transpose),
    ATEN.reshape.default: reshaping.reshape,
    ATEN.view.default: reshaping.reshape,
    ATEN._unsafe_view.default: reshaping.reshape,
    ATEN.flatten.using_ints: reshaping.reshape,
    ATEN.unflatten.int: reshaping.reshape,
    ATEN.squeeze.default: reshaping.reshape,
    ATEN.squeeze.dim: reshaping.reshape,
    ATEN.squeeze.dims: reshaping.reshape,
    ATEN.unsqueeze.default: reshaping.reshape,
    ATEN.expand.default: reshaping.expand,
    ATEN.slice.Tensor: reshaping.slice_axis,
    ATEN.select.int: reshaping.select,
    ATEN.index_select.default: gathering.index_select,
    **dict.fromkeys(reshaping.SPLITS, reshaping.split),
    operator.getitem: reshaping.part,
    ATEN.cat.default: reshaping.concatenate,
    ATEN.stack.default: reshaping.stack,
    ATEN.constant_pad_nd.default: reshaping.pad,
    ATEN.pad.default: reshaping.pad,
}
