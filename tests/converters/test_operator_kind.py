from __future__ import annotations

import pytest
import torch
from torch import fx, nn

from edgeattn_converters.operator_kind import COUNTED, HAS_WEIGHTS, KINDS, kind
from edgeattn_converters.program import Program
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.fuse_attention import fuse_attention
from tests.converters.programs import normal, rewritten
from tests.converters.rewriting import program_of


def kinds(program: Program) -> set[str]:
    return {kind(node) for node in program.graph.nodes}


@pytest.mark.parametrize(("shape", "expected"), [((2, 4), "gemm"), ((2, 3, 4), "linear")])
def test_a_linear_on_rows_is_a_gemm(shape: tuple[int, ...], expected: str) -> None:
    assert expected in kinds(program_of(nn.Linear(4, 4), normal(*shape)))


def test_views_are_layout_and_the_rest_is_other() -> None:
    found = kinds(program_of(lambda x: x.chunk(2)[0].T.erf(), normal(2, 4)))
    assert found == {"placeholder", "output", "layout", "other"}


def test_every_operator_of_the_hybrid_has_a_kind() -> None:
    program = fuse_attention(channels_last(rewritten("hybrid")))
    assert "other" not in kinds(program)
    assert {"conv", "linear", "gemm", "core", "mean"} <= kinds(program)


def test_what_has_weights_has_them_as_second_argument() -> None:
    for node in fuse_attention(channels_last(rewritten("vit"))).graph.nodes:
        if kind(node) in HAS_WEIGHTS:
            assert isinstance(node.args[1], fx.Node)
            assert node.args[1].op == "get_attr"


def test_the_words_are_words_of_the_table() -> None:
    assert (HAS_WEIGHTS | COUNTED) - {"gemm"} <= set(KINDS.values())
    assert KINDS[torch.ops.aten.softmax.int] == "softmax"
