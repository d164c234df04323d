"""Give ONNX Runtime its attention operator back.

    matmul(softmax(matmul(q, k') [* c] [+ bias]), v) -> multi_head_attention(q, k, v, bias)

com.microsoft.MultiHeadAttention reads heads side by side, [batch, tokens, heads * width], so the
reshapes and permutations around the core cancel, and it never writes the score matrix out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeGuard

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.operators import E
from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
    take_name,
)  # fmt: skip

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
    return fuse_cores(program, broadcast=False)


def fuse_cores(program: Program, *, broadcast: bool) -> Program:
    """Return a copy in which attention cores are one operator each.

    Args:
        program: What to rewrite.
        broadcast: Whether the operator takes a bias with one token or key for all of them, such as
            a mask of padding; ONNX Runtime's own takes none.
    """
    program = program.copy()
    for attended in program.graph.find_nodes(op="call_function", target=A.matmul.default):
        core = match(attended, broadcast=broadcast)
        if core is None:
            continue
        with program.graph.inserting_before(attended):
            fused = _fused(program, attended, core, broadcast)
            heads, width = shape(core.value)[-3], shape(core.value)[-1]
            apart = call(attended, A.reshape.default, fused, [*shape(fused)[:2], heads, width])
            apart = call(attended, A.permute.default, apart, [0, 2, 1, 3])
            result = call(attended, A.reshape.default, apart, list(shape(attended)))
        take_name(fused, attended)
        attended.replace_all_uses_with(result)
    return collapse_layout(finish(program))


def _fused(program: Program, attended: fx.Node, core: Core, broadcast: bool) -> fx.Node:
    *batch, heads, _, _ = shape(core.query)
    rows = batch[0] if batch else 1
    bias = core.bias
    if is_constant(bias):
        value = constant(program, bias)
        value = value.reshape((1,) * (4 - value.ndim) + tuple(value.shape))
        if not broadcast:  # written out
            tokens, keys = shape(core.query)[-2], shape(core.value)[-2]
            value = value.expand(*value.shape[:2], tokens, keys)
        bias = add_constant(program, f"{bias.name}_bias", value.contiguous())
    elif bias is not None and len(shape(bias)) < 4:
        four = [1] * (4 - len(shape(bias))) + list(shape(bias))
        bias = call(attended, A.reshape.default, bias, four)

    def side_by_side(part: fx.Node, axes: list[int]) -> fx.Node:
        four = call(attended, A.reshape.default, part, [rows, heads, *shape(part)[-2:]])
        moved = call(attended, A.permute.default, four, axes)
        length, _, width = shape(moved)[1:]
        return call(attended, A.reshape.default, moved, [rows, length, heads * width])

    return call(
        attended,
        E.multi_head_attention.default,
        side_by_side(core.query, [0, 2, 1, 3]),
        side_by_side(core.key_transposed, [0, 3, 1, 2]),
        side_by_side(core.value, [0, 2, 1, 3]),
        bias,
        heads,
        core.scale,
    )


def match(attended: fx.Node, *, broadcast: bool = False) -> Core | None:
    """Return the core whose last product is `attended`, or None; `broadcast` as in fuse_cores."""
    if attended.target is not A.matmul.default:
        return None
    weights, value = attended.args
    if not _alone(weights, A.softmax.int) or not isinstance(value, fx.Node):
        return None
    last, bias, scale = weights.args[0], None, 1.0
    if arguments(weights)["dim"] not in (-1, len(shape(weights)) - 1):
        return None
    if _alone(last, A.add.Tensor) and not last.kwargs:
        first, second = last.args
        bias, last = (second, first) if _is_scores(first) else (first, second)
    if _alone(last, A.mul.Tensor) and isinstance(last.args[1], (int, float)):
        scale, last = float(last.args[1]), last.args[0]
    if not _alone(last, A.matmul.default):
        return None
    query, key_transposed = last.args
    if not isinstance(query, fx.Node) or not isinstance(key_transposed, fx.Node):
        return None
    if not _heads_agree(query, key_transposed, value):
        return None
    if bias is not None and not (
        isinstance(bias, fx.Node) and _bias_fits(bias, query, value, broadcast)
    ):
        return None
    return Core(query, key_transposed, value, bias, scale)


def _alone(node: object, target: object) -> TypeGuard[fx.Node]:
    return isinstance(node, fx.Node) and node.target is target and len(node.users) == 1


def _is_scores(node: object) -> bool:
    return _alone(node, A.matmul.default) or (
        _alone(node, A.mul.Tensor) and _alone(node.args[0], A.matmul.default)
    )


def _heads_agree(query: fx.Node, key_transposed: fx.Node, value: fx.Node) -> bool:
    """Tell whether every query head has its own key and value head: nothing broadcasts."""
    batches = {shape(part)[:-2] for part in (query, key_transposed, value)}
    return len(batches) == 1 and len(shape(query)) in (3, 4)


def _bias_fits(bias: fx.Node, query: fx.Node, value: fx.Node, broadcast: bool) -> bool:
    """Tell whether a bias is [batch or 1, heads or 1, tokens, keys], or may be written so."""
    scores = (*shape(query)[:-1], shape(value)[-2])
    if len(scores) != 4 or bias.meta["val"].dtype != torch.float32:
        return False
    given = (1,) * (4 - len(shape(bias))) + shape(bias)
    if len(given) != 4 or any(n not in (1, m) for n, m in zip(given, scores, strict=True)):
        return False
    return broadcast or is_constant(bias) or given[-2:] == scores[-2:]
