from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from edgeattn.models.attention import LinearAttention, MultiHeadAttention
from edgeattn.pruning.dependencies import find_dependencies
from edgeattn.pruning.entropy import focus
from edgeattn.pruning.group import Group, Share
from edgeattn_runtime.errors import BadUsage

TOKENS = 5


def heads_of(module: nn.Module, count: int) -> Group:
    share = Share("0.out", tuple((unit,) for unit in range(count)))
    return Group("0.qkv", "heads", (), (share,), "0")


@pytest.fixture
def attention() -> nn.Sequential:
    """Two heads: the first looks everywhere alike, the second at the largest token alone."""
    module = MultiHeadAttention(4, heads=2)
    with torch.no_grad():
        module.qkv.weight.zero_()
        module.qkv.bias.zero_()
        module.qkv.bias[2] = 50.0  # a query of the second head, the same for every token
        module.qkv.weight[4 + 2, 0] = 50.0  # its key is channel 0 of the token
    return nn.Sequential(module).eval()


def test_a_head_that_looks_everywhere_alike_has_no_focus_and_one_that_points_has_all(attention):
    x = torch.zeros(3, TOKENS, 4)
    x[:, :, 0] = torch.arange(TOKENS)
    found = focus(attention, [heads_of(attention, 2)], [(x,)])["0.qkv"]
    assert found[0] == pytest.approx(0, abs=1e-6)  # float32 softmax of equal scores
    assert found[1] == pytest.approx(1, abs=1e-6)


def test_the_entropy_is_that_of_the_rows(attention):
    torch.manual_seed(0)
    attention[0].qkv.reset_parameters()
    x = torch.randn(3, TOKENS, 4)
    q, k, _ = attention[0].project(x)
    weights = (q @ k.transpose(2, 3) / math.sqrt(2)).softmax(-1).detach().double()
    entropy = -(weights * weights.log()).sum(-1).mean((0, 2)) / math.log(TOKENS)
    found = focus(attention, [heads_of(attention, 2)], [(x[:1],), (x[1:2],), (x[2:],)])["0.qkv"]
    torch.testing.assert_close(found, 1 - entropy, rtol=1e-5, atol=1e-6)


def test_fused_attention_is_seen_too():
    class Fused(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.num_heads = 2
            self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 8)

        def forward(self, x):
            q, k, v = (
                part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
                for part in self.qkv(x).chunk(3, -1)
            )
            mixed = nn.functional.scaled_dot_product_attention(q, k, v)
            return self.out(mixed.transpose(1, 2).flatten(2))

    torch.manual_seed(0)
    model = nn.Sequential(Fused(), nn.Linear(8, 2)).eval()
    x = torch.rand(1, TOKENS, 8)
    groups = find_dependencies(model, (x,)).groups
    (found,) = focus(model, groups, [(x,)]).values()
    assert ((found >= 0) & (found <= 1)).all()


def test_attention_without_a_softmax_is_refused():
    model = nn.Sequential(LinearAttention(8, heads=2)).eval()
    with pytest.raises(BadUsage, match=r"0 has no softmax over .* 2 heads"):
        focus(model, [heads_of(model, 2)], [(torch.rand(1, TOKENS, 8),)])


def test_the_hooks_are_gone_afterwards(attention):
    focus(attention, [heads_of(attention, 2)], [(torch.rand(1, TOKENS, 4),)])
    assert not attention[0]._forward_hooks
    assert not attention[0]._forward_pre_hooks
