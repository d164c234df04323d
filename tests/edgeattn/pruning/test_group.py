from __future__ import annotations

from edgeattn.pruning.group import Group, Share, channels_of, removed


def group(kind="channels", units=20):
    share = Share("layer", tuple((unit,) for unit in range(units)))
    return Group("made", kind, (share,), (share,))


def test_channels_come_in_blocks_of_eight_and_heads_one_by_one():
    assert (group().step, group().least) == (8, 8)
    assert (group("heads").step, group("heads").least) == (1, 1)


def test_a_narrow_layer_stays_whole():
    assert group(units=5).least == 5


def test_what_is_not_named_stays():
    assert removed(group(units=3), {}) == ()
    assert removed(group(units=3), {"made": (1,)}) == (0, 2)


def test_channels_of_units_are_in_ascending_order():
    share = Share("qkv", ((0, 1, 4, 5), (2, 3, 6, 7)))
    assert channels_of(share, (1, 0)) == list(range(8))
