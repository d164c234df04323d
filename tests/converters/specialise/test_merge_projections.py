from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn_converters.passes import apply_passes
from edgeattn_converters.passes.split_projections import split_projections
from edgeattn_converters.specialise.merge_projections import merge_projections
from tests.converters.programs import normal, rewritten
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 1e-6  # of the largest output: the same sums in another order
X = normal(2, 5, 8)


class Parts(nn.Module):
    """Linears of several widths, one without bias; `read` says what reads what."""

    def __init__(self, read) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(8, 6), nn.Linear(8, 6, bias=False)
        self.c, self.read = nn.Linear(8, 3), read

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self, x)


def merged(read):
    return rewrite_of(merge_projections, program_of(Parts(read), X), X, relative=ROUNDING)


def test_merge_projections_keeps_the_numbers() -> None:
    result = merged(lambda m, x: m.a(x) * m.b(x) + m.c(x).sum())
    assert operators(result) == {"linear": 1, "slice": 3, "mul": 1, "sum": 1, "add": 1}


def test_parts_keep_their_names_and_the_whole_gets_one() -> None:
    names = {node.name for node in merged(lambda m, x: m.a(x) * m.b(x)).graph.nodes}
    assert {"a_linear", "b_linear", "a_linear_merged"} <= names


def test_it_undoes_split_projections() -> None:
    program = rewritten("vit")
    x = normal(1, 3, 16, 16)
    result = rewrite_of(merge_projections, program, x, relative=ROUNDING)
    assert operators(result)["linear"] == operators(program)["linear"] - 2
    again = rewrite_of(split_projections, result, x, relative=ROUNDING)
    assert operators(again)["linear"] == operators(program)["linear"]


def test_merge_projections_leaves_linears_of_different_inputs_alone() -> None:
    assert operators(merged(lambda m, x: m.a(x) * m.b(x + 1)))["linear"] == 2


def test_merge_projections_leaves_computed_weights_alone() -> None:
    def read(m: Parts, x: Tensor) -> Tensor:
        return m.a(x)[..., :5] * torch.nn.functional.linear(x, x[0])

    program = apply_passes(program_of(Parts(read), X))
    result = rewrite_of(merge_projections, program, X, relative=0)
    assert operators(result) == operators(program)
