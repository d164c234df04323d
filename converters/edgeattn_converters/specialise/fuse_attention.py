"""Give ONNX Runtime its attention operator back.

    matmul(softmax(matmul(q, k') [* c] [+ bias]), v) -> multi_head_attention(q, k, v, bias)

com.microsoft.MultiHeadAttention reads heads side by side, [batch, tokens, heads * width], so the
reshapes and permutations around the core cancel, and it never writes the score matrix out.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import fx

from edgeattn_converters.operators import E
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.program import Program, finish, shape, take_name

A = torch.ops.aten


@dataclass(frozen=True)
class Core:
    """The parts of one attention core, heads apart: [..., heads, tokens, head_width]."""

    query: fx.Node
    key_transposed: fx.Node
    value: fx.Node
    bias: fx.Node | None
    scale: float


def fuse_attention(program: Program) -> Program:
    """Return a copy in which attention cores are one operator each."""
    program = program.copy()
    graph = program.graph
    for attended in graph.find_nodes(op="call_function", target=A.matmul.default):
        core = match(attended)
        if core is None:
            continue
        layer = attended.meta["layer"]

        def call(target: object, *args: object, layer: str = layer) -> fx.Node:
            node = graph.call_function(target, args)  # type: ignore[arg-type]
            node.meta["layer"] = layer
            return node

        *batch, heads, tokens, width = shape(core.query)
        rows = batch[0] if batch else 1
        keys, value_width = shape(core.value)[-2:]
        with graph.inserting_before(attended):
            four = [
                call(A.reshape.default, part, [rows, heads, *shape(part)[-2:]])
                for part in (core.query, core.key_transposed, core.value)
            ]
            side_by_side = [
                call(
                    A.reshape.default,
                    call(A.permute.default, part, axes),
                    [rows, length, heads * each],
                )
                for part, axes, length, each in (
                    (four[0], [0, 2, 1, 3], tokens, width),
                    (four[1], [0, 3, 1, 2], keys, width),
                    (four[2], [0, 2, 1, 3], keys, value_width),
                )
            ]
            fused = call(
                E.multi_head_attention.default, *side_by_side, core.bias, heads, core.scale
            )
            apart = call(A.reshape.default, fused, [rows, tokens, heads, value_width])
            apart = call(A.permute.default, apart, [0, 2, 1, 3])
            result = call(A.reshape.default, apart, list(shape(attended)))
        take_name(fused, attended)
        attended.replace_all_uses_with(result)
    return collapse_layout(finish(program))


def match(attended: fx.Node) -> Core | None:
    """Return the core whose last product is `attended`, or None when it is none."""
    if attended.target is not A.matmul.default:
        return None
    weights, value = attended.args
    if not _alone(weights, A.softmax.int) or weights.args[1] not in (-1, len(shape(weights)) - 1):  # type: ignore
        return None
    assert isinstance(value, fx.Node)
    last, bias, scale = weights.args[0], None, 1.0  # type: ignore[union-attr]
    if _alone(last, A.add.Tensor):
        first, second = last.args  # type: ignore[union-attr]
        scores_first = _is_scores(first)
        last, bias = (first, second) if scores_first else (second, first)
    if _alone(last, A.mul.Tensor) and isinstance(last.args[1], float):  # type: ignore[union-attr]
        scale, last = last.args[1], last.args[0]  # type: ignore[union-attr]
    if not _alone(last, A.matmul.default):
        return None
    query, key_transposed = last.args  # type: ignore[union-attr]
    assert isinstance(query, fx.Node)
    assert isinstance(key_transposed, fx.Node)
    ranks = {len(shape(part)) for part in (query, key_transposed, value)}
    if ranks not in ({3}, {4}):
        return None
    if bias is not None and not _bias_fits(bias, query, key_transposed):
        return None
    return Core(query, key_transposed, value, bias, float(scale))  # type: ignore[arg-type]


def _alone(node: object, target: object) -> bool:
    return isinstance(node, fx.Node) and node.target is target and len(node.users) == 1


def _is_scores(node: object) -> bool:
    return _alone(node, A.matmul.default) or (
        _alone(node, A.mul.Tensor) and _alone(node.args[0], A.matmul.default)  # type: ignore[union-attr]
    )


def _bias_fits(bias: object, query: fx.Node, key_transposed: fx.Node) -> bool:
    """The operator takes [batch or 1, heads or 1, tokens, keys], written out."""
    if not isinstance(bias, fx.Node) or len(shape(bias)) != 4 or len(shape(query)) != 4:
        return False
    return shape(bias)[-2:] == (shape(query)[-2], shape(key_transposed)[-1])
