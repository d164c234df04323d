from __future__ import annotations

import itertools

import pytest
import torch

from edgeattn.pruning.group import Group, Share
from edgeattn.pruning.ranking import check_rate, choose, largest_rate
from edgeattn_runtime.errors import BadUsage


def group(name: str, units: int, kind: str = "channels") -> Group:
    share = Share(name, tuple((unit,) for unit in range(units)))
    return Group(name, kind, (share,), (share,))


def test_the_least_of_all_layers_go_first():
    groups = [group("a", 4, "heads"), group("b", 4, "heads")]
    scores = {"a": torch.tensor([0.1, 0.2, 0.9, 0.3]), "b": torch.tensor([0.8, 0.7, 0.6, 0.25])}
    assert choose(groups, scores, {"heads": 0.25}) == {"a": (2, 3), "b": (0, 1, 2, 3)}
    assert choose(groups, scores, {"heads": 0.5}) == {"a": (2,), "b": (0, 1, 2)}


def test_no_layer_goes_whole():
    groups = [group("a", 4, "heads"), group("b", 4, "heads")]
    scores = {"a": torch.zeros(4), "b": torch.ones(4)}
    kept = choose(groups, scores, {"heads": 0.75})
    assert {name: len(units) for name, units in kept.items()} == {"a": 1, "b": 1}


def test_channels_stay_multiples_of_eight():
    groups = [group("a", 64), group("b", 64)]
    generator = torch.Generator().manual_seed(0)
    scores = {one.name: torch.rand(64, generator=generator) for one in groups}
    for rate in (0.1, 0.3, 0.55, 0.8):
        kept = choose(groups, scores, {"channels": rate})
        assert all(len(units) % 8 == 0 and len(units) >= 8 for units in kept.values())


def test_what_stays_are_the_best_in_their_old_order():
    kept = choose([group("a", 16)], {"a": torch.arange(16.0).flip(0)}, {"channels": 0.5})
    assert kept["a"] == tuple(range(8))


def test_equal_scores_fall_the_same_way_every_time():
    kept = [choose([group("a", 16)], {"a": torch.ones(16)}, {"channels": 0.5}) for _ in range(2)]
    assert kept[0] == kept[1] == {"a": tuple(range(8))}


def test_more_never_keeps_what_less_removed():
    groups = [group("a", 40), group("b", 24)]
    generator = torch.Generator().manual_seed(1)
    scores = {one.name: torch.rand(one.units, generator=generator) for one in groups}
    counts = [
        [len(units) for units in choose(groups, scores, {"channels": rate / 20}).values()]
        for rate in range(15)
    ]
    for more, less in itertools.pairwise(counts):
        assert all(b <= a for a, b in zip(more, less, strict=True))


def test_kinds_do_not_compete():
    groups = [group("a", 16), group("h", 4, "heads")]
    scores = {"a": torch.zeros(16), "h": torch.ones(4)}
    kept = choose(groups, scores, {"heads": 0.25, "channels": 0.0})
    assert {name: len(units) for name, units in kept.items()} == {"a": 16, "h": 3}


def test_the_largest_rate_leaves_each_layer_its_least():
    assert largest_rate([group("a", 32), group("b", 32)]) == 0.75
    assert largest_rate([]) == 0


@pytest.mark.parametrize("rate", [1.0, -0.1, float("nan"), 7])
def test_a_rate_outside_zero_to_one_is_refused(rate):
    with pytest.raises(BadUsage, match=r"--heads is .* from 0 to below 1"):
        check_rate("--heads", rate, [group("a", 4, "heads")])


def test_removing_every_head_of_a_layer_is_refused_with_what_is_possible():
    groups = [group("a", 4, "heads"), group("b", 4, "heads")]
    check_rate("--heads", 0.75, groups)
    with pytest.raises(BadUsage, match=r"--heads 0.8 of 8 would empty a layer; at most 0.75"):
        check_rate("--heads", 0.8, groups)


def test_a_kind_the_model_does_not_have_is_refused():
    with pytest.raises(BadUsage, match="this model has none"):
        check_rate("--heads", 0.5, [])
    check_rate("--heads", 0.0, [])
