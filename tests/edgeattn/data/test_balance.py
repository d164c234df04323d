import numpy as np
import pytest

from edgeattn.data.balance import check_classes, class_counts, class_weights, imbalance
from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData


def labelled(y, labels=None):
    return Data({"x": np.zeros((len(y), 1), np.float32)}, np.array(y), labels, "demo")


def test_a_class_nobody_has_counts_as_zero():
    assert class_counts(labelled([0, 2, 2], ("a", "b", "c", "d"))).tolist() == [1, 0, 2, 0]


def test_one_class_is_refused_by_its_name():
    with pytest.raises(BadData, match="demo holds 3 samples of one class, 'b'"):
        check_classes(labelled([1, 1, 1], ("a", "b")))
    with pytest.raises(BadData, match="of one class, '4'"):
        check_classes(labelled([4, 4]))


def test_weights_make_all_classes_weigh_the_same():
    data = labelled([0] * 90 + [1] * 9 + [3], ("a", "b", "c", "d"))
    weights = class_weights(data)
    counts = class_counts(data)
    assert weights[2] == 0
    together = (weights * counts)[counts > 0]
    # float32 rounds each weight once; 100 samples over three classes
    np.testing.assert_allclose(together, 100 / 3, rtol=1e-6)


def test_balanced_samples_weigh_one():
    assert class_weights(labelled([0, 1, 0, 1])).tolist() == [1, 1]


def test_the_imbalance_is_a_ratio_of_counts():
    assert imbalance(labelled([0] * 90 + [2] * 9)) == 10


def test_labels_are_needed():
    unlabelled = Data({"x": np.zeros((2, 1), np.float32)}, None, None, "demo")
    with pytest.raises(BadData, match="demo has no labels"):
        class_counts(unlabelled)
