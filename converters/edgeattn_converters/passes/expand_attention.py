"""Spell attention out: attention(q, k, v, mask) -> matmul(softmax(matmul(q, k') * scale + mask), v).

The parts are what calibration observes and what TFLite has; engines with an attention
operator get it back from specialise/fuse_attention.py.
"""

from __future__ import annotations

import math

import torch
from edgeattn_runtime.errors import CannotConvert
from torch import fx

from edgeattn_converters.program import Program, add_constant, finish, shape

A = torch.ops.aten

MASKED = -30.0
"""What is added to a masked score. exp(-30) is 1e-13: nothing, and yet no range for int8 to waste.

Measured on a trained BERT-like model: -1e4 gives 18.7 dB, -30 gives 39.5 dB.
"""


def expand_attention(program: Program) -> Program:
    """Return a copy in which attention is matmul, softmax and matmul."""
    program = program.copy()
    graph = program.graph
    for node in graph.find_nodes(
        op="call_function", target=A.scaled_dot_product_attention.default
    ):
        query, key, value, mask, causal, scale = _arguments(node)
        with graph.inserting_before(node):
            axes = [*range(len(shape(key)) - 2), len(shape(key)) - 1, len(shape(key)) - 2]
            transposed = graph.call_function(A.permute.default, (key, axes))
            scores = graph.call_function(A.matmul.default, (query, transposed))
            last = graph.call_function(A.mul.Tensor, (scores, scale))
            if causal:
                mask = add_constant(
                    program, f"{node.name}_causal", _causal(shape(query)[-2], shape(key)[-2])
                )
            if mask is not None:
                if mask.meta["val"].dtype == torch.bool:
                    blocked = graph.call_function(A.logical_not.default, (mask,))
                    number = graph.call_function(
                        A._to_copy.default, (blocked,), {"dtype": torch.float32}
                    )
                    mask = graph.call_function(A.mul.Tensor, (number, MASKED))
                    for part in (blocked, number, mask):
                        part.meta["layer"] = node.meta["layer"]
                last = graph.call_function(A.add.Tensor, (last, mask))
            weights = graph.call_function(A.softmax.int, (last, -1))
            result = graph.call_function(A.matmul.default, (weights, value))
        stem = node.name.removesuffix("_scaled_dot_product_attention")
        for part, word in (
            (transposed, "key_transposed"), (scores, "scores"), (last, "logits"),
            (weights, "weights"), (result, "attended"),
        ):  # fmt: skip
            part.meta["layer"] = node.meta["layer"]
            part._rename(f"{stem}_{word}")
        node.replace_all_uses_with(result)
        graph.erase_node(node)
    return finish(program)


def _arguments(
    node: fx.Node,
) -> tuple[fx.Node, fx.Node, fx.Node, fx.Node | None, bool, float]:
    query, key, value, mask, dropout, causal = (*node.args, *(None,) * 6)[:6]
    mask = node.kwargs.get("attn_mask", mask)
    causal = bool(node.kwargs.get("is_causal", causal))
    if node.kwargs.get("dropout_p", dropout) not in (None, 0, 0.0):
        raise CannotConvert(
            f"{node.meta['layer'] or node.name} drops attention weights; "
            "put the model in eval mode, so that dropout is off"
        )
    if node.kwargs.get("enable_gqa"):
        raise CannotConvert(
            f"{node.meta['layer'] or node.name} shares key heads (enable_gqa); "
            "repeat the key and value heads with repeat_interleave before the attention"
        )
    assert isinstance(query, fx.Node)
    assert isinstance(key, fx.Node)
    assert isinstance(value, fx.Node)
    scale = node.kwargs.get("scale")
    if not isinstance(scale, float):
        scale = 1 / math.sqrt(shape(query)[-1])
    return query, key, value, mask, causal, scale  # type: ignore[return-value]


def _causal(tokens: int, keys: int) -> torch.Tensor:
    """Return [tokens, keys]: 0 where a token may look, MASKED ahead of it."""
    return torch.full((tokens, keys), MASKED).triu(1)
