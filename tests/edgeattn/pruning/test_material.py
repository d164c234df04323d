from __future__ import annotations

import numpy as np
import pytest

from edgeattn.pruning.choices import Choices
from edgeattn.pruning.material import load_material
from edgeattn.pruning.subject import load_subject
from edgeattn_runtime.errors import BadData


@pytest.fixture
def subject(checkpoint):
    return load_subject(str(checkpoint))


@pytest.fixture
def unlabelled(photos, tmp_path):
    np.savez(tmp_path / "plain.npz", x=np.load(photos)["x"])
    return str(tmp_path / "plain.npz")


def test_labelled_samples_score_train_and_judge(photos, subject):
    material = load_material(str(photos), subject, Choices(heads=0.5))
    assert (len(material.train), len(material.judged), material.split) == (32, 8, "validation")
    assert sum(len(y) for _, y in material.scoring) == 32
    assert material.example[0].shape == (1, 3, 64, 64)


def test_the_seed_decides_the_order_that_scores_see(photos, subject):
    def first(seed):
        return load_material(str(photos), subject, Choices(heads=0.5, seed=seed)).scoring[0][0][0]

    assert first(0).equal(first(0))
    assert not first(0).equal(first(1))


def test_samples_without_labels_are_enough_for_magnitude_and_entropy(unlabelled, subject):
    for score in ("magnitude", "entropy"):
        material = load_material(unlabelled, subject, Choices(heads=0.5, score=score))
        assert material.train is material.judged is material.split is None
        assert [y for _, y in material.scoring] == [None] * 3


def test_taylor_and_fine_tuning_without_labels_are_refused(unlabelled, subject):
    with pytest.raises(BadData, match=r"has no labels, and --score taylor asks for the loss"):
        load_material(unlabelled, subject, Choices(heads=0.5))
    choices = Choices(heads=0.5, score="magnitude", finetune_epochs=1)
    with pytest.raises(BadData, match=r"no labels, and --finetune-epochs asks"):
        load_material(unlabelled, subject, choices)


def test_samples_of_another_shape_are_refused(subject, tmp_path):
    y = np.arange(10) % 2
    np.savez(tmp_path / "grey.npz", x=np.zeros((10, 1, 64, 64), np.float32), y=y)
    np.savez(tmp_path / "flat.npz", x=np.zeros((10, 7), np.float32))
    with pytest.raises(BadData, match=r"samples of shape \[1, 64, 64\]"):
        load_material(str(tmp_path / "grey.npz"), subject, Choices(heads=0.5))
    with pytest.raises(BadData, match=r"samples of shape \[7\], which gesture-hybrid does not"):
        load_material(str(tmp_path / "flat.npz"), subject, Choices(heads=0.5, score="magnitude"))
