from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn_runtime.errors import CannotConvert
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of

X = normal(2, 4)


class Remembers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        self.seen += 1
        return x + self.seen


class Constant(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.zeros(1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x + 1, self.table


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (lambda x: x[x > 0], "index of tiny has the dynamic shape"),
        (lambda x: x[x > 0].sum(), "depends on values; export with static shapes"),
        (lambda x: x * x.sum().item(), "depends on values"),
        (Remembers(), "changes its own state seen while it runs; put it in eval mode"),
        (lambda x: x + torch.rand(4), r"rand of tiny draws random numbers .*; put the model"),
        (lambda x: nn.functional.dropout(x, training=True), "draws random numbers"),
        (lambda x: (x, 3), "tiny returns 3 besides tensors"),
        (lambda x: None, "tiny returns no tensor"),
        (Constant(), "tiny returns its constant table"),
        (
            lambda x: torch.cond(x.sum() > 0, lambda y: y + 1, lambda y: y - 1, (x,)),
            r"tiny has a graph of its own .*torch\.where",
        ),
    ],
)
def test_what_no_program_can_be_is_refused_in_one_sentence(module, words: str) -> None:
    with pytest.raises(CannotConvert, match=words):
        program_of(module, X)


def test_operators_that_are_quiet_in_evaluation_are_captured() -> None:
    def attend(x: Tensor) -> Tensor:
        y = nn.functional.dropout(x[None], training=False)
        return nn.functional.scaled_dot_product_attention(y, y, y)

    assert operators(program_of(attend, X))["scaled_dot_product_attention"] == 1
