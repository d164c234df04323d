import pytest
import torch
from torch import nn

from edgeattn_converters.logarithm import meets_logarithm
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.placement import place
from tests.converters.quantised import INT8, LITERT, VNNI, program_of


class Heard(nn.Module):
    """A front end, and a Linear behind it: log((x A)^2 B + floor) C."""

    def __init__(self, logarithm=torch.log):
        super().__init__()
        self.a, self.b, self.c = (nn.Linear(8, 8, bias=False) for _ in range(3))
        self.logarithm = logarithm

    def forward(self, x):
        return self.c(self.logarithm(self.b(self.a(x).square()).abs() + 1e-6)).softmax(-1)


def products(module, policy):
    program = apply_passes(program_of(module, torch.randn(2, 5, 8)))
    found = place(program, INT8, policy).values()
    return [decision for decision in found if decision.kind == "linear"]


@pytest.mark.parametrize("policy", [LITERT, VNNI], ids=lambda policy: policy.name)
@pytest.mark.parametrize("logarithm", [torch.log, torch.log1p, torch.log10, torch.log2])
def test_products_in_front_of_a_logarithm_stay_float(logarithm, policy):
    first, second, behind = products(Heard(logarithm), policy)
    assert [first.int8, second.int8, behind.int8] == [False, False, True]
    assert "a logarithm is taken of it" in first.reason


def test_products_in_front_of_a_root_do_not():
    assert all(decision.int8 for decision in products(Heard(torch.sqrt), VNNI))


def test_behind_a_curve_the_search_ends():
    """What a softmax or a relu makes of it does not hang on its smallest values."""

    class Answer(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(8, 8)

        def forward(self, x):
            return (self.a(x).sigmoid() + 1e-3).log().softmax(-1)

    assert all(decision.int8 for decision in products(Answer(), VNNI))


def test_the_whole_way_is_looked_at():
    program = program_of(
        lambda x: torch.cat([x.square(), x.abs()], 2).transpose(1, 2).mul(2).log(),
        torch.rand(1, 3, 4) + 1,
    )
    before = [node for node in program.graph.nodes if node.op == "call_function"]
    *front, last = before
    assert front
    assert all(meets_logarithm(node) for node in front)
    assert not meets_logarithm(last)
