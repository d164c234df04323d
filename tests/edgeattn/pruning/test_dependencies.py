from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn.models.attention import MultiHeadAttention
from edgeattn.models.hybrid import Hybrid
from edgeattn.pruning.dependencies import check_same, find_dependencies
from edgeattn.pruning.slim import slimmer
from edgeattn_runtime.errors import BrokenModel

HYBRID = {
    "stem.0.0": ("channels", 8),
    "convolutions.0.widen.0.0": ("channels", 16),
    "convolutions.0.narrow.0": ("channels", 16),
    "convolutions.1.widen.0.0": ("channels", 32),
    "blocks.0.attention.qkv.linear": ("heads", 4),
    "blocks.0.mlp.0.linear": ("channels", 64),
    "blocks.1.attention.qkv.linear": ("heads", 4),
    "blocks.1.mlp.0.linear": ("channels", 64),
    "blocks.1.mlp.2.linear": ("channels", 32),
}


def test_every_width_of_the_hybrid_is_found_in_the_order_of_its_layers(found):
    assert {group.name: (group.kind, group.units) for group in found.groups} == HYBRID
    order = [group.name for group in found.groups]
    assert order.index("stem.0.0") < order.index("blocks.0.mlp.0.linear")
    assert not found.kept


def test_a_head_has_its_channels_in_queries_keys_and_values(found):
    heads = next(group for group in found.groups if group.kind == "heads")
    qkv = next(share for share in heads.writers if share.layer.endswith("linear"))
    assert qkv.channels[1] == (*range(8, 16), *range(40, 48), *range(72, 80))
    assert heads.readers[0].channels[1] == tuple(range(8, 16))
    assert heads.attention == "blocks.0.attention"


def test_the_width_of_tokens_stays_where_a_layer_norm_takes_its_mean_over_it(example):
    model = Hybrid(classes=2, widths=(8, 8, 16), depth=1, heads=2, norm="layer").eval()
    found = find_dependencies(model, example)
    assert list(found.kept) == ["blocks.0.mlp.2"]
    assert "LayerNorm, takes its mean over them" in found.kept["blocks.0.mlp.2"]
    assert {"blocks.0.attention.qkv", "blocks.0.mlp.0"} <= {group.name for group in found.groups}


def test_a_depthwise_convolution_goes_with_what_it_filters(example):
    model = Hybrid(classes=2, widths=(8, 8, 16), fused=0, depth=1, heads=2).eval()
    group = find_dependencies(model, example).groups[1]
    assert {share.layer for share in group.writers} >= {
        "convolutions.0.widen.0.0",
        "convolutions.0.widen.2.0",
    }
    assert [share.layer for share in group.readers] == ["convolutions.0.narrow.0"]


def test_three_projections_are_as_good_as_one():
    class Apart(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.num_heads = 4
            self.q, self.k, self.v, self.out = (nn.Linear(16, 16) for _ in range(4))

        def forward(self, x: Tensor) -> Tensor:
            q, k, v = (
                part(x).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
                for part in (self.q, self.k, self.v)
            )
            mixed = nn.functional.scaled_dot_product_attention(q, k, v)
            return self.out(mixed.transpose(1, 2).flatten(2))

    model = nn.Sequential(Apart(), nn.Linear(16, 3)).eval()
    heads = find_dependencies(model, (torch.rand(1, 5, 16),)).groups[0]
    assert (heads.kind, heads.units, heads.attention) == ("heads", 4, "0")
    assert {share.layer for share in heads.writers} == {"0.q", "0.k", "0.v"}


def test_a_parameter_of_the_model_itself_keeps_its_width():
    class Placed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(4, 16), nn.Linear(16, 3)
            self.place = nn.Parameter(torch.rand(1, 5, 16))

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.first(x) + self.place)

    found = find_dependencies(Placed().eval(), (torch.rand(1, 5, 4),))
    assert not found.groups
    assert "a learnt parameter outside any layer" in found.kept["first"]


def test_what_mixes_channels_without_a_layer_is_caught_by_trying():
    class Mean(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(4, 16), nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            x = self.first(x)
            return self.last(x - x.mean(-1, keepdim=True))

    found = find_dependencies(Mean().eval(), (torch.rand(2, 4),))
    assert not found.groups
    assert "removing a unit is not silencing it" in found.kept["first"]


def test_a_forward_that_counts_on_its_width_keeps_it():
    class Rigid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(4, 16), nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.first(x).reshape(-1, 16))

    found = find_dependencies(Rigid().eval(), (torch.rand(2, 4),))
    assert "the model does not run" in found.kept["first"]


def test_a_model_that_does_not_run_is_refused():
    with pytest.raises(BrokenModel, match="cannot be followed"):
        find_dependencies(nn.Linear(3, 4).eval(), (torch.rand(1, 7),))


def test_a_recurrent_model_is_refused_by_name():
    class Recurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = nn.Linear(6, 16), nn.Linear(16, 3)
            self.gru = nn.GRU(16, 16, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            return self.last(self.gru(self.first(x))[0][:, -1])

    with pytest.raises(BrokenModel, match=r"Recurrent cannot be followed .its GRU ties them"):
        find_dependencies(Recurrent().eval(), (torch.rand(1, 7, 6),))


def test_token_ids_and_a_mask_are_followed():
    class Text(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.attention = nn.Embedding(50, 16), MultiHeadAttention(16, heads=2)
            self.last = nn.Linear(16, 3)

        def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
            x = self.embed(ids)
            x = x + self.attention(x, (mask - 1)[:, None, None] * 30.0)
            return self.last(x.mean(1))

    found = find_dependencies(Text().eval(), (torch.randint(0, 50, (1, 9)), torch.ones(1, 9)))
    kinds = {group.kind: group for group in found.groups}
    assert kinds["heads"].units == 2
    assert "embed" in {share.layer for share in kinds["channels"].writers}


def test_finding_leaves_the_model_untouched(model, example):
    model.requires_grad_(False)
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    find_dependencies(model, example)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    assert not any(weight.requires_grad for weight in model.parameters())


def test_a_pruned_model_with_other_numbers_is_refused(model, found, example):
    kept = {"stem.0.0": (0, 1, 2)}
    small = slimmer(model, found.groups, kept)
    check_same(model, small, found.groups, kept, example)
    with torch.no_grad():
        small.classifier.bias += 1
    with pytest.raises(BrokenModel, match=r"off by .* the same units silenced"):
        check_same(model, small, found.groups, kept, example)
