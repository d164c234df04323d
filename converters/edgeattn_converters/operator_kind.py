"""Kinds of operators: the words in which policies and reports speak.

"linear" is a Linear on tokens, [batch, tokens, width]; "gemm" one on [rows, width], as a
classifier head is.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.operators import E
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import shape

A = torch.ops.aten

KINDS: dict[object, str] = {
    E.conv2d_nhwc.default: "conv",
    A.conv2d.default: "conv",
    A.linear.default: "linear",
    A.matmul.default: "matmul",
    A.bmm.default: "matmul",
    E.multi_head_attention.default: "core",
    E.projected_attention.default: "projection",
    A.softmax.int: "softmax",
    A.layer_norm.default: "layer_norm",
    A.add.Tensor: "add",
    A.mul.Tensor: "mul",
    A.mean.dim: "mean",
    A.cat.default: "cat",
    A.gelu.default: "gelu",
    A.hardswish.default: "hardswish",
    A.hardsigmoid.default: "hardsigmoid",
    A.silu.default: "silu",
    A.sigmoid.default: "sigmoid",
    A.tanh.default: "tanh",
    A.relu.default: "relu",
    A.relu6.default: "relu",
    E.max_pool2d_nhwc.default: "pool",
    E.avg_pool2d_nhwc.default: "pool",
    A.embedding.default: "embedding",
}

HAS_WEIGHTS = frozenset({"conv", "linear", "gemm", "projection"})
"""Kinds whose second argument is a weight [out, ...] and third a bias [out]."""

ACTIVATIONS = {"core": 3}
"""How many of a kind's operands become integers, where others stay float: a bias of the scores."""

COUNTED = frozenset({"conv", "linear", "gemm", "projection", "matmul", "core"})
"""Kinds that multiply and accumulate: what the shares of int8 work are counted on."""


def kind(node: fx.Node) -> str:
    """Return the kind of an operator; "layout" for views, "other" for what no policy names."""
    if node.op != "call_function":
        return node.op
    if node.target is A.linear.default and len(shape(node)) == 2:
        return "gemm"
    return "layout" if is_layout(node) else KINDS.get(node.target, "other")
