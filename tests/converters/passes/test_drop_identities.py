from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.passes.drop_identities import drop_identities
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

X = normal(2, 4)


@pytest.mark.parametrize(
    "identity",
    [
        torch.clone,
        torch.Tensor.contiguous,
        lambda x: x.to(torch.float32),
        lambda x: x.expand(2, 4),
        lambda x: x + 0,
        lambda x: x - 0.0,
        lambda x: x * 1,
        lambda x: x / 1.0,
        nn.Dropout(0.5).eval(),
        nn.Identity(),
    ],
)
def test_drop_identities_keeps_the_numbers(identity) -> None:
    program = program_of(lambda x: identity(x.relu()).exp(), X)
    assert operators(rewrite_of(drop_identities, program, X, relative=0)) == {"relu": 1, "exp": 1}


@pytest.mark.parametrize(
    "other",
    [
        lambda x: x.to(torch.int64),
        lambda x: x[:, None].expand(2, 3, 4),
        lambda x: x + 1,
        lambda x: x * 0,
        lambda x: torch.sub(x, x),
        lambda x: x.repeat(2, 1),
    ],
)
def test_drop_identities_leaves_other_operators_alone(other) -> None:
    program = program_of(lambda x: other(x.relu()), X)
    assert str(drop_identities(program).graph) == str(program.graph)
