from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.training.distill import distillation_loss, load_teacher
from edgeattn_runtime.errors import BadUsage, BrokenModel

STUDENT = torch.tensor([[1.0, -0.5, 0.2], [0.1, 0.4, -2.0]])
TEACHER = torch.tensor([[3.0, 0.5, -1.0], [0.0, 2.0, 0.3]])
LABELS = torch.tensor([0, 2])


def softmax(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_loss_is_that_of_the_paper(weight: float) -> None:
    temperature = 3.0
    found = distillation_loss(STUDENT, TEACHER, LABELS, temperature=temperature, weight=weight)
    student, teacher = STUDENT.double().numpy(), TEACHER.double().numpy()
    hard = -np.log(softmax(student)[[0, 1], LABELS]).mean()
    p, q = softmax(teacher / temperature), softmax(student / temperature)
    soft = (p * np.log(p / q)).sum(1).mean()
    expected = (1 - weight) * hard + weight * temperature**2 * soft
    assert float(found) == pytest.approx(expected, rel=1e-5)  # float32 against float64


def test_a_warm_teacher_pulls_as_hard_as_a_cold_one() -> None:
    """T^2 makes up for gradients that shrink with 1 / T^2 (section 2.1 of the paper)."""
    pulls = []
    for temperature in (20.0, 40.0):
        student = STUDENT.clone().requires_grad_()
        distillation_loss(student, TEACHER, LABELS, temperature=temperature, weight=1).backward()
        assert student.grad is not None
        pulls.append(float(student.grad.norm()))
    assert pulls[0] == pytest.approx(pulls[1], rel=0.05)


def test_no_gradient_reaches_the_teacher() -> None:
    teacher = TEACHER.clone().requires_grad_()
    student = STUDENT.clone().requires_grad_()
    distillation_loss(student, teacher, LABELS, temperature=2, weight=0.5).backward()
    assert teacher.grad is None


def test_smoothing_and_class_weights_are_for_the_labels_alone() -> None:
    weights = torch.tensor([1.0, 2.0, 3.0])
    only_teacher = [
        distillation_loss(STUDENT, TEACHER, LABELS, temperature=2, weight=1, **choice)
        for choice in ({}, {"label_smoothing": 0.3}, {"class_weights": weights})
    ]
    assert len({float(loss) for loss in only_teacher}) == 1


@pytest.fixture
def teacher(tiny: dict[str, Any], tmp_path: Path) -> Path:
    arguments = {"classes": 2, **tiny}
    checkpoint = Checkpoint(
        module=ZOO["gesture-hybrid"].build(**arguments),
        model="gesture-hybrid",
        arguments=arguments,
        preprocessing=(),
        labels=("left", "top"),
        dataset=None,
    )
    save_checkpoint(checkpoint, tmp_path / "big.pt")
    return tmp_path / "big.pt"


PHOTO = (torch.zeros(1, 3, 16, 16),)


def test_a_teacher_is_loaded_to_answer_and_not_to_learn(teacher: Path) -> None:
    module = load_teacher(teacher, classes=2, labels=("left", "top"), example=PHOTO)
    assert module(*PHOTO).shape == (1, 2)
    assert not module.training
    assert not any(weight.requires_grad for weight in module.parameters())


def test_a_teacher_of_other_classes_is_refused(teacher: Path) -> None:
    with pytest.raises(BadUsage, match=r"big\.pt answers with 2 classes, the data have 5"):
        load_teacher(teacher, classes=5, labels=None, example=PHOTO)
    with pytest.raises(BadUsage, match=r"tells 2 classes \(left, top\) apart, the data have 2 cl"):
        load_teacher(teacher, classes=2, labels=("top", "left"), example=PHOTO)


@pytest.mark.parametrize("shape", [(1, 8000), (1, 1, 16, 16)])
def test_a_teacher_of_another_input_is_refused(teacher: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(BadUsage, match="is a gesture-hybrid, which does not take samples of shape"):
        load_teacher(teacher, classes=2, labels=None, example=(torch.zeros(shape),))


def test_what_is_no_checkpoint_is_no_teacher(tmp_path: Path) -> None:
    (tmp_path / "notes.pt").write_text("hello")
    with pytest.raises(BrokenModel, match="is no checkpoint"):
        load_teacher(tmp_path / "notes.pt", classes=2, labels=None, example=PHOTO)
