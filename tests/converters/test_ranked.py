from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn_converters.placement import place
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.program import Program
from edgeattn_converters.ranked import is_ranked
from edgeattn_converters.recipe import RECIPES
from tests.converters.quantised import program_of

A = torch.ops.aten


class Chosen(nn.Module):
    """Scores by a product; a softmax and a mean of them choose rows; a product of the rows."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(8, 8), nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        scores = self.query(x) @ self.key(x).transpose(1, 2)  # [1, 6, 6]
        places = scores.softmax(-1).mean(1).topk(3).indices  # [1, 3]
        rows = x.flatten(0, 1).index_select(0, places.flatten())[None]
        return rows @ x.transpose(1, 2)


def products(program: Program) -> list[torch.fx.Node]:
    return [node for node in program.graph.nodes if node.target is A.matmul.default]


def test_the_product_that_a_ranking_reads_is_ranked_and_the_one_behind_it_is_not() -> None:
    scores, rows = products(program_of(Chosen(), torch.randn(1, 6, 8)))
    assert is_ranked(scores)
    assert not is_ranked(rows)


def test_a_layer_whose_result_another_product_reads_first_is_not_ranked() -> None:
    program = program_of(Chosen(), torch.randn(1, 6, 8))
    linears = [node for node in program.graph.nodes if node.target is A.linear.default]
    assert not any(map(is_ranked, linears))


def test_scores_that_choose_stay_float_and_say_why() -> None:
    program = program_of(Chosen(), torch.randn(1, 6, 8))
    decisions = place(program, RECIPES["int8-core"], POLICIES["litert-xnnpack"])
    scores, rows = (decisions[node] for node in products(program))
    assert (scores.precision, rows.precision) == ("float", "int8")
    assert "its scores choose tokens" in scores.reason
