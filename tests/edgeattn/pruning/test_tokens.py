from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn.models.attention import MultiHeadAttention
from edgeattn.pruning.cost import count_macs
from edgeattn.pruning.tokens import fewer_tokens
from edgeattn_runtime.errors import BadUsage


def test_the_share_is_gone_at_the_end(model, example):
    small = fewer_tokens(model, 0.5, example)
    seen = []
    small.last_norm.register_forward_hook(lambda layer, inputs, out: seen.append(out.shape[1]))
    small(*example)
    assert seen == [9]  # of 16 tokens: 12 after the first attention, 9 of those, rounded up
    assert count_macs(small, example) < count_macs(model, example)


def test_no_share_changes_nothing(model, example, x):
    small = fewer_tokens(model, 0.0, example)
    assert small is not model
    assert torch.equal(small(x), model(x))


def test_the_original_keeps_its_tokens(model, example, x):
    before = model(x)
    fewer_tokens(model, 0.5, example)
    assert torch.equal(model(x), before)


@pytest.mark.parametrize("rate", [1.0, -0.5, float("nan")])
def test_a_share_outside_zero_to_one_is_refused(model, example, rate):
    with pytest.raises(BadUsage, match=r"--tokens is .* from 0 to below 1"):
        fewer_tokens(model, rate, example)


def test_a_model_without_attention_is_refused():
    with pytest.raises(BadUsage, match="Linear has no multi-head attention"):
        fewer_tokens(nn.Linear(3, 3), 0.5, (torch.rand(1, 3),))


def test_blocks_that_want_all_their_tokens_are_refused():
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = MultiHeadAttention(8, heads=2)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.attention(x)

    with pytest.raises(BadUsage, match=r"blocks of Block cannot go on with fewer .*TypeError"):
        fewer_tokens(Block().eval(), 0.5, (torch.rand(1, 4, 8),))
