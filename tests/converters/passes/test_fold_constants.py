from __future__ import annotations

import torch
from torch import nn

from edgeattn_converters.passes.fold_constants import LARGEST_GROWTH, fold_constants
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 4)


def kinds(function) -> dict[str, int]:
    return dict(operators(rewrite_of(fold_constants, program_of(function, X), X, relative=0)))


def test_fold_constants_keeps_the_numbers() -> None:
    linear = nn.Linear(4, 8)
    first = linear.weight.detach()
    assert kinds(lambda x: x @ (first * 2).chunk(2)[1].T + torch.arange(4)) == {
        "matmul": 1, "add": 1,
    }  # fmt: skip


def test_a_chain_of_constants_folds_to_one() -> None:
    program = program_of(lambda x: x + torch.ones(4).exp().log().sum(), X)
    folded = rewrite_of(fold_constants, program, X, relative=0)
    assert len(list(folded.graph_module.buffers())) == 1


def test_fold_constants_leaves_what_depends_on_the_input_alone() -> None:
    assert kinds(lambda x: x.exp() + x.relu()) == {"exp": 1, "relu": 1, "add": 1}


def test_fold_constants_leaves_constants_alone_that_would_fill_the_file() -> None:
    small = torch.ones(1, 4)
    rows = LARGEST_GROWTH * 1024 // 4
    assert kinds(lambda x: x.sum() + small.expand(rows, 4)) == {"sum": 1, "add": 1}
    assert kinds(lambda x: x.sum() + small.expand(rows + 1, 4)) == {"sum": 1, "add": 1, "expand": 1}


def test_what_depends_on_a_shape_alone_becomes_a_constant() -> None:
    class Shaped(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + torch.full_like(x, 2.0) * torch.ones_like(x)

    x = torch.randn(2, 3)
    program = fold_constants(program_of(Shaped().eval(), x))
    found = [node.target for node in program.graph.nodes if node.op == "call_function"]
    assert found == [torch.ops.aten.add.Tensor]
    assert torch.equal(program(x)[0], x + 2)
