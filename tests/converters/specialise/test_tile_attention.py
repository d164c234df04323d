"""Long attention, piece by piece."""

import pytest
import torch

from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.passes.fold_constants import fold_constants
from edgeattn_converters.program import RANGE_OF
from edgeattn_converters.specialise import tile_attention as module
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from edgeattn_converters.specialise.tile_attention import tile_attention
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

TOKENS, HEADS, WIDTH = 24, 3, 8
QKV = normal(3, 1, HEADS, TOKENS, WIDTH)
BIAS = normal(1, HEADS, TOKENS, TOKENS)


def plain(q, k, v):
    return (q @ k.transpose(2, 3) * 0.3).softmax(-1) @ v


def captured(function):
    return fold_constants(collapse_layout(program_of(lambda x: function(*x.unbind(0)), QKV)))


@pytest.fixture(autouse=True)
def small_caches(monkeypatch):
    """What is long is a matter of cache: here three heads of 24 tokens, in two parts each."""
    monkeypatch.setattr(module, "SCORES_KEPT_WHOLE", 4 * HEADS * TOKENS**2 - 1)
    monkeypatch.setattr(module, "LARGEST_TILE", 4 * TOKENS * 13)


def products(program):
    return program.graph.find_nodes(op="call_function", target=torch.ops.aten.matmul.default)


@pytest.mark.parametrize(
    "function",
    [
        plain,
        lambda q, k, v: (q @ k.transpose(2, 3) + BIAS).softmax(-1) @ v,
        lambda q, k, v: (BIAS[:, :1] + q @ k.transpose(2, 3)).softmax(-1) @ v,
        lambda q, k, v: (q @ k.transpose(2, 3) + BIAS[:, :1, :1]).softmax(-1) @ v,
    ],
    ids=["plain", "bias", "bias of all heads, on the left", "padding mask"],
)
def test_tiling_keeps_the_numbers(function):
    program = keys_by_row(captured(function))
    # A row's sums are taken in the same order; BLAS may block a smaller product differently.
    result = rewrite_of(tile_attention, program, QKV, relative=1e-6)
    assert len(products(result)) == 2 * HEADS * 2


def test_short_attention_stays_whole(monkeypatch):
    monkeypatch.setattr(module, "SCORES_KEPT_WHOLE", 4 * HEADS * TOKENS**2)
    program = captured(plain)
    assert len(products(tile_attention(program))) == 2


def test_a_piece_knows_the_tensor_whose_range_it_has():
    result = tile_attention(captured(plain))
    names = {node.name for node in captured(plain).graph.nodes}
    for product in products(result):
        assert product.meta[RANGE_OF] in names
        assert "_head" in product.name


def test_the_swap_of_the_keys_stays_next_to_the_product():
    result = tile_attention(keys_by_row(captured(plain)))
    rights = {str(one.args[1].target) for one in products(result)[::2]}
    assert rights == {"aten.permute.default"}
