from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn_converters.passes.expand_attention import expand_attention
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

CLOSE = 1e-6  # of the largest output: the sums are the same, their order is PyTorch's own
X = normal(2, 4, 6, 8)
SEEN = torch.ones(6, 6).tril().bool()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"scale": 0.5},
        {"scale": 2},
        {"is_causal": True},
        {"attn_mask": SEEN},
        {"attn_mask": normal(4, 6, 6)},
        {"attn_mask": SEEN[None, None].expand(2, 1, 6, 6)},
    ],
    ids=str,
)
@pytest.mark.parametrize("shape", [(2, 4, 6, 8), (8, 6, 8)])
def test_expand_attention_keeps_the_numbers(options, shape) -> None:
    mask = options.get("attn_mask")
    if mask is not None and mask.ndim > 2 and len(shape) == 3:
        mask = mask[0].expand(8, 6, 6) if mask.ndim == 4 else mask.repeat(2, 1, 1)
        options = {"attn_mask": mask}
    x = X.reshape(shape)
    program = program_of(lambda x: F.scaled_dot_product_attention(x, x + 1, x, **options), x)
    kinds = operators(rewrite_of(expand_attention, program, x, relative=CLOSE))
    assert kinds["scaled_dot_product_attention"] == 0
    assert kinds["matmul"] == 2


def test_shared_key_heads_are_repeated() -> None:
    program = program_of(
        lambda x: F.scaled_dot_product_attention(x, x[:, :2], x[:, 2:], enable_gqa=True), X
    )
    assert operators(rewrite_of(expand_attention, program, X, relative=CLOSE))["expand"] == 2


def test_the_parts_are_named_after_the_layer() -> None:
    program = expand_attention(program_of(lambda x: F.scaled_dot_product_attention(x, x, x), X))
    names = [node.name for node in program.graph.nodes]
    stem = "scaled_dot_product_attention"
    for word in ("key_transposed", "scores", "logits", "weights", "attended"):
        assert f"{stem}_{word}" in names


def test_expand_attention_leaves_spelled_out_attention_alone() -> None:
    program = program_of(lambda x: (x @ x.transpose(2, 3)).softmax(-1) @ x, X)
    assert str(expand_attention(program).graph) == str(program.graph)
