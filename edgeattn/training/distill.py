"""A small model learns what a large one thinks: not only which class, but how it doubts.

Source: Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network",
arXiv:1503.02531.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import kl_div, log_softmax

from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.loss import classification_loss
from edgeattn_runtime.errors import BadUsage


def distillation_loss(
    student_logits: Tensor,
    teacher_logits: Tensor,
    labels: Tensor,
    *,
    temperature: float,
    weight: float,
    label_smoothing: float = 0.0,
    class_weights: Tensor | None = None,
) -> Tensor:
    """Return the mean loss of a batch.

    (1 - weight) * CE(student, labels)
        + weight * T^2 * KL(softmax(teacher / T) || softmax(student / T))

    T^2 keeps the gradient of the second part as large as that of the first, whatever T is.

    Args:
        student_logits: [batch, classes].
        teacher_logits: [batch, classes]; no gradient flows into them.
        labels: int64 [batch], or shares [batch, classes].
        temperature: T, above 0; higher shows more of the small probabilities.
        weight: 0 to 1, the teacher's.
        label_smoothing: Of the labels' part.
        class_weights: Of the labels' part, [classes].

    >>> logits = torch.tensor([[2.0, 0.0]])
    >>> float(distillation_loss(logits, logits, torch.tensor([0]), temperature=2, weight=1))
    0.0
    """
    soft = kl_div(
        log_softmax(student_logits / temperature, dim=1),
        log_softmax(teacher_logits.detach() / temperature, dim=1),
        reduction="batchmean",
        log_target=True,
    )
    hard = classification_loss(
        student_logits, labels, label_smoothing=label_smoothing, class_weights=class_weights
    )
    return (1 - weight) * hard + weight * temperature**2 * soft


def load_teacher(
    path: Path, *, classes: int, labels: tuple[str, ...] | None, example: tuple[Tensor, ...]
) -> nn.Module:
    """Return the model of a checkpoint, which may be of any architecture that takes these samples.

    Args:
        path: What `edgeattn train` wrote.
        classes: Of the student.
        labels: Their names, or None.
        example: A batch of one sample, which the teacher must answer with [1, classes].
    """
    checkpoint = load_checkpoint(path)
    if labels is not None and checkpoint.labels is not None and labels != checkpoint.labels:
        raise BadUsage(
            f"--teacher {path.name} tells {_few(checkpoint.labels)} apart, the data have "
            f"{_few(labels)}; train the teacher on the same classes"
        )
    teacher = checkpoint.module.requires_grad_(False)
    try:
        with torch.no_grad():
            answer = teacher(*example)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        first = str(error).splitlines()[0]
        shapes = ", ".join(str(list(part.shape[1:])) for part in example)
        raise BadUsage(
            f"--teacher {path.name} is a {checkpoint.model}, which does not take samples of shape "
            f"{shapes} ({first}); give a teacher of the same input"
        ) from error
    if answer.shape != (1, classes):
        raise BadUsage(
            f"--teacher {path.name} answers with {answer.shape[-1]} classes, the data have "
            f"{classes}; train the teacher on the same classes"
        )
    return teacher


def _few(labels: tuple[str, ...]) -> str:
    return f"{len(labels)} classes ({', '.join(labels[:3])}{', ...' if len(labels) > 3 else ''})"
