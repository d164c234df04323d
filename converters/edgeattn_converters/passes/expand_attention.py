"""Spell attention out: attention(q, k, v, m) -> matmul(softmax(matmul(q, k') * scale + m), v).

The parts are what calibration observes and what TFLite has; engines with an attention
operator get it back from specialise/fuse_attention.py.
"""

from __future__ import annotations

import math

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
)  # fmt: skip
from edgeattn_runtime.errors import CannotConvert

A = torch.ops.aten

MASKED = -30.0
"""What is added to a masked score. exp(-30) is 1e-13: nothing, and yet no range for int8 to waste.

Measured on a trained BERT-like model: -1e4 gives 18.7 dB, -30 gives 39.5 dB.
"""


def expand_attention(program: Program) -> Program:
    """Return a copy in which attention is matmul, softmax and matmul."""
    program = program.copy()
    for node in program.graph.find_nodes(
        op="call_function", target=A.scaled_dot_product_attention.default
    ):
        with program.graph.inserting_before(node):
            attended = _expanded(program, node)
        node.replace_all_uses_with(attended)
        program.graph.erase_node(node)
    return finish(program)


def _expanded(program: Program, node: fx.Node) -> fx.Node:
    given = arguments(node)
    query, key, value = given["query"], given["key"], given["value"]
    if given["dropout_p"]:
        raise CannotConvert(
            f"{node.meta['layer'] or node.name} drops attention weights; "
            "put the model in eval mode, so that dropout is off"
        )
    if given["enable_gqa"]:
        key, value = (_repeated(node, part, shape(query)[-3]) for part in (key, value))
    scale = given["scale"]
    if scale is None:
        scale = 1 / math.sqrt(shape(query)[-1])
    last_two = [*range(len(shape(key)) - 2), len(shape(key)) - 1, len(shape(key)) - 2]
    transposed = call(node, A.permute.default, key, last_two)
    scores = call(node, A.matmul.default, query, transposed)
    logits = call(node, A.mul.Tensor, scores, float(scale))
    for mask in _masks(program, node, given["attn_mask"], given["is_causal"]):
        logits = call(node, A.add.Tensor, logits, mask)
    weights = call(node, A.softmax.int, logits, -1)
    attended = call(node, A.matmul.default, weights, value)
    stem = node.name.removesuffix("_scaled_dot_product_attention")
    for part, word in (
        (transposed, "key_transposed"), (scores, "scores"), (logits, "logits"),
        (weights, "weights"), (attended, "attended"),
    ):  # fmt: skip
        part._rename(f"{stem}_{word}")
    return attended


def _masks(program: Program, node: fx.Node, mask: fx.Node | None, causal: bool) -> list[fx.Node]:
    """Return what is added to the scores."""
    masks = []
    if mask is not None:
        boolean = mask.meta["val"].dtype == torch.bool
        masks.append(added_mask(program, node, mask, hides_where=False) if boolean else mask)
    if causal:  # [tokens, keys]: 0 where a token may look, MASKED ahead of it
        query, key = node.args[:2]
        assert isinstance(query, fx.Node)
        assert isinstance(key, fx.Node)
        ahead = torch.full((shape(query)[-2], shape(key)[-2]), MASKED).triu(1)
        masks.append(add_constant(program, f"{node.name}_causal", ahead))
    return masks


def added_mask(program: Program, like: fx.Node, mask: fx.Node, *, hides_where: bool) -> fx.Node:
    """Return what to add to scores: MASKED where a boolean mask is `hides_where`, 0 elsewhere."""
    if is_constant(mask):
        hidden = constant(program, mask) == hides_where
        return add_constant(program, f"{mask.name}_added", hidden.float() * MASKED)
    if not hides_where:
        mask = call(like, A.logical_not.default, mask)
    number = call(like, A._to_copy.default, mask, dtype=torch.float32)
    return call(like, A.mul.Tensor, number, MASKED)


def _repeated(like: fx.Node, part: fx.Node, heads: int) -> fx.Node:
    """Give each of `heads` query heads its key or value head: [..., groups, tokens, width]."""
    *batch, groups, tokens, width = shape(part)
    apart = call(like, A.reshape.default, part, [*batch, groups, 1, tokens, width])
    each = call(like, A.expand.default, apart, [*batch, groups, heads // groups, tokens, width])
    return call(like, A.reshape.default, each, [*batch, heads, tokens, width])
