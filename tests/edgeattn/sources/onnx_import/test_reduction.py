import numpy as np
import pytest

KINDS = ["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceSumSquare"]


@pytest.mark.parametrize("kind", [*KINDS, "ReduceProd"])
@pytest.mark.parametrize("keep", [0, 1])
def test_reductions_keep_the_numbers(kind, keep, same, noise):
    same(kind, [noise(2, 3, 4), np.array([1, -1])], [1], keepdims=keep)
    same(kind, [noise(2, 3, 4)], keepdims=keep)


def test_old_opsets_name_axes_in_an_attribute(same, noise):
    same("ReduceMean", [noise(2, 3, 4)], opset=13, axes=[-1])


def test_no_axes_can_mean_nothing_to_do(same, noise):
    same("ReduceSum", [noise(2, 3)], noop_with_empty_axes=1)


@pytest.mark.parametrize("kind", ["ArgMax", "ArgMin"])
def test_positions_of_extremes_are_kept(kind, same, noise):
    same(kind, [noise(2, 5)], axis=1, keepdims=0)
