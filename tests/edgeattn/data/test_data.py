import numpy as np
import pytest

from edgeattn.data import Data
from edgeattn_runtime.errors import BadData, BadUsage


def sample(n: int = 10, classes: int = 2) -> Data:
    x = np.arange(n * 4, dtype=np.float32).reshape(n, 4)
    names = tuple("abcdefghij"[:classes])
    return Data({"x": x}, np.arange(n) % classes, names, "sample")


def test_labels_become_int64():
    data = Data({"x": np.zeros((2, 3))}, np.array([1, 0], np.uint8), None, "s")
    assert data.y.dtype == np.int64
    assert len(data) == 2


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_counted_and_placed(value):
    x = np.zeros((5, 2, 2), np.float32)
    x[1:4, 0, 1] = value
    with pytest.raises(
        BadData, match="`image` holds NaN or infinity in 3 of 5 samples, first in sample 1"
    ):
        Data({"image": x}, None, None, "s")


@pytest.mark.parametrize(
    ("x", "y", "labels", "message"),
    [
        ({}, None, None, "holds no input array"),
        ({"x": np.zeros((0, 3))}, None, None, "holds no samples"),
        ({"x": np.float32(1)}, None, None, "`x` is a single number"),
        ({"x": np.array(["a"])}, None, None, "`x` holds <U1"),
        ({"x": np.zeros(3), "m": np.zeros(2)}, None, None, "x has 3, m has 2"),
        ({"x": np.zeros(3)}, np.zeros(2, int), None, "x has 3, y has 2"),
        ({"x": np.zeros(3)}, np.zeros((3, 2), int), None, r"`y` has shape \[3, 2\]"),
        ({"x": np.zeros(3)}, np.array([0, 0.5, 1]), None, "`y` holds float64 that are not whole"),
        ({"x": np.zeros(3)}, np.array(["a", "b", "c"]), None, "`y` holds <U1"),
        ({"x": np.zeros(1)}, np.array([2**63], np.uint64), None, "`y` holds 9223372036854775808"),
        ({"x": np.zeros(3)}, np.array([0, -1, -2]), None, r"2 of 3 .* first is -1 at sample 1"),
        ({"x": np.zeros(3)}, np.array([0, 1, 2]), ("a", "b"), r"outside 0\.\.1.* is 2 at sample 2"),
    ],
)
def test_what_does_not_fit_says_so(x, y, labels, message):
    with pytest.raises(BadData, match=message):
        Data(x, y, labels, "s")


def test_take_keeps_the_share_of_each_class():
    data = Data({"x": np.zeros((100, 1))}, np.array([0] * 80 + [1] * 20), None, "s")
    assert np.bincount(data.take(10).y).tolist() == [8, 2]
    assert np.bincount(data.take(50).y).tolist() == [40, 10]


def test_take_is_the_same_for_the_same_seed_only():
    first, again, other = (sample(100).take(10, seed).hashes() for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_smaller_take_is_part_of_a_larger_one():
    assert sample(50).take(20).hashes()[:7] == sample(50).take(7).hashes()


def test_taking_more_than_there_are_gives_all():
    assert sorted(sample(10).take(99).hashes()) == sorted(sample(10).hashes())


def test_taking_nothing_is_refused():
    with pytest.raises(BadUsage, match="take at least 1"):
        sample().take(0)


def test_samples_without_labels_are_shuffled_too():
    data = Data({"x": np.arange(100.0)}, None, None, "s")
    assert data.take(10).y is None
    assert data.take(10).x["x"].tolist() != list(range(10))


def test_a_hash_depends_on_values_type_and_name():
    values = np.ones((1, 3), np.float32)
    hashes = {
        Data({name: array}, None, None, "s").hashes()[0]
        for name, array in (
            ("x", values),
            ("y2", values),
            ("x", values.astype(np.int32)),
            ("x", values * 2),
            ("x", values[:, :, None]),
        )
    }
    assert len(hashes) == 5
    assert Data({"x": values}, None, None, "other").hashes()[0] in hashes


def test_inputs_cannot_be_swapped_afterwards():
    with pytest.raises(TypeError, match="does not support item assignment"):
        sample().x["x"] = np.zeros(1)
