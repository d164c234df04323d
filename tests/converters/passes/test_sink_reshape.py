from __future__ import annotations

from torch import nn

from edgeattn_converters.passes.sink_reshape import sink_reshape
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
LINEAR = nn.Linear(8, 6)


def rank_of_the_linear(function, *shape: int) -> int:
    x = normal(*shape)
    result = rewrite_of(sink_reshape, program_of(function, x), x, relative=ROUNDING)
    (linear,) = (
        node for node in result.graph.nodes if "linear" in node.name and node.op != "get_attr"
    )
    return linear.meta["val"].ndim


def test_sink_reshape_keeps_the_numbers() -> None:
    assert rank_of_the_linear(lambda x: LINEAR(x.reshape(10, 8)).relu(), 2, 5, 8) == 3


def test_sink_reshape_leaves_a_reshape_alone_that_moves_channels() -> None:
    assert rank_of_the_linear(lambda x: LINEAR(x.reshape(10, 8)).relu(), 2, 8, 5) == 2


def test_sink_reshape_leaves_the_single_token_of_a_head_alone() -> None:
    """On [batch, width] a head is a Gemm, which engines run faster than tokens of one."""
    assert rank_of_the_linear(lambda x: LINEAR(x.reshape(2, 8)).relu(), 2, 1, 8) == 2


def test_sink_reshape_leaves_images_alone() -> None:
    assert rank_of_the_linear(lambda x: LINEAR(x.reshape(2, 15, 8)).relu(), 2, 3, 5, 8) == 3
