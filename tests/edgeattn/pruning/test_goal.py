from __future__ import annotations

import pytest

from edgeattn.pruning.choices import Choices
from edgeattn.pruning.goal import check_rates, rates_for, smallest_rate
from edgeattn.pruning.group import Group, Share
from edgeattn_runtime.errors import BadUsage


def group(kind: str, units: int) -> Group:
    share = Share(kind, tuple((unit,) for unit in range(units)))
    return Group(kind, kind, (share,), (share,))


GROUPS = [group("heads", 4), group("channels", 32)]


def test_one_rate_serves_both_kinds_as_far_as_each_can_go():
    choices = Choices(target_macs=0.5)
    assert rates_for(0.5, GROUPS, choices) == {"heads": 0.5, "channels": 0.5}
    assert rates_for(1.0, GROUPS, choices) == {"heads": 0.75, "channels": 0.75}


def test_what_the_user_fixed_stays_fixed():
    choices = Choices(target_macs=0.5, heads=0)
    assert rates_for(0.5, GROUPS, choices) == {"heads": 0, "channels": 0.5}


def test_rates_that_empty_a_layer_are_refused_by_their_flag():
    check_rates(GROUPS, Choices(heads=0.75, channels=0.75))
    with pytest.raises(BadUsage, match=r"--heads 0.9 of 4 would empty a layer"):
        check_rates(GROUPS, Choices(heads=0.9))
    with pytest.raises(BadUsage, match=r"--channels 0.9 of 32 would empty a layer"):
        check_rates(GROUPS, Choices(channels=0.9))


@pytest.mark.parametrize("edge", [0.01, 0.3, 0.77, 1.0])
def test_the_smallest_rate_is_found_within_its_steps(edge):
    asked = []
    found = smallest_rate(lambda rate: asked.append(rate) or rate >= edge, steps=6)
    assert edge <= found <= edge + 2**-6
    assert len(asked) == 7


def test_a_goal_out_of_reach_is_known_after_one_try():
    asked = []
    assert smallest_rate(asked.append, steps=6) is None
    assert asked == [1.0]
