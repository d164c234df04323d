import numpy as np

from edgeattn.data.stratify import stratified_order


def test_every_sample_stands_once():
    groups = np.array([3, 0, 0, 7, 3, 3])
    assert sorted(stratified_order(groups, 0)) == list(range(6))


def test_every_prefix_keeps_the_shares_within_one_sample():
    groups = np.array([0] * 60 + [1] * 30 + [2] * 10)
    ordered = groups[stratified_order(groups, seed=5)]
    for n in range(1, 101):
        counts = np.bincount(ordered[:n], minlength=3)
        assert (np.abs(counts - n * np.array([0.6, 0.3, 0.1])) <= 1).all(), n


def test_classes_of_one_size_do_not_always_stand_in_the_same_order():
    firsts = {int(stratified_order(np.arange(10), seed)[0]) for seed in range(20)}
    assert len(firsts) > 3
