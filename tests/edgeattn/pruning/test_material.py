from __future__ import annotations

import numpy as np
import pytest
import torch

from edgeattn.pruning.choices import Choices
from edgeattn.pruning.material import load_material
from edgeattn.pruning.subject import load_subject
from edgeattn_runtime.errors import BadData

OWN = """
import torch
from edgeattn.models.attention import MultiHeadAttention
class Text(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.attention = torch.nn.Embedding(20, 16), MultiHeadAttention(16, heads=2)
        self.last = torch.nn.Linear(16, 2)
    def forward(self, ids, mask):
        x = self.embed(ids)
        return self.last((x + self.attention(x, (mask - 1)[:, None, None] * 30)).mean(1))
def build():
    return Text().eval()
"""


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


def test_several_inputs_go_to_the_parameters_of_their_names(tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    ids = np.arange(72).reshape(12, 6) % 20
    np.savez(tmp_path / "text.npz", mask=np.ones((12, 6), np.float32), ids=ids, y=ids[:, 0] % 2)
    np.savez(tmp_path / "plain.npz", mask=np.ones((12, 6), np.float32), ids=ids)
    np.savez(tmp_path / "wrong.npz", length=np.ones((12, 6), np.float32), ids=ids)
    subject = load_subject(f"{tmp_path}/own.py:build")
    choices = Choices(heads=0.5, score="magnitude")
    for name in ("text", "plain"):
        material = load_material(str(tmp_path / f"{name}.npz"), subject, choices)
        assert [part.dtype for part in material.example] == [torch.int64, torch.float32]
    with pytest.raises(BadData, match="holds length, ids, and own takes ids, mask; name"):
        load_material(str(tmp_path / "wrong.npz"), subject, choices)


def test_samples_of_another_shape_are_refused(subject, tmp_path):
    y = np.arange(10) % 2
    np.savez(tmp_path / "grey.npz", x=np.zeros((10, 1, 64, 64), np.float32), y=y)
    np.savez(tmp_path / "flat.npz", x=np.zeros((10, 7), np.float32))
    with pytest.raises(BadData, match=r"samples of shape \[1, 64, 64\]"):
        load_material(str(tmp_path / "grey.npz"), subject, Choices(heads=0.5))
    with pytest.raises(BadData, match=r"samples of shape \[7\], which gesture-hybrid does not"):
        load_material(str(tmp_path / "flat.npz"), subject, Choices(heads=0.5, score="magnitude"))
