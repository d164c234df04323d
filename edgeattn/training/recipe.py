"""How a model is trained: the numbers, in one place."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from edgeattn.training.augment import Augmentation
from edgeattn.training.vary import Variation


@dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """Choices of a training; each is recorded and must agree when it is resumed.

    Attributes:
        epochs: How often every sample is seen.
        batch: Samples per step, those of all processes together.
        learning_rate: At its highest, after the warm-up; then it falls along a cosine.
        warm_up_epochs: While the rate rises from zero.
        weight_decay: For matrices and kernels; biases and normalisations have none.
        label_smoothing: Share of the target that is spread over all classes.
        largest_gradient: Norm to which a longer gradient is cut.
        average: How slowly the averaged weights follow, per step.
        augmentation: How samples are changed, or None to leave them as they are.
        threads: Of PyTorch. The result depends on it in the last bits, so it is part of the recipe;
            one thread gives the same weights on a board of one core and on a busy machine.
        dropout: Share of each sub-layer's output that is dropped in training.
        mixup: Alpha of mixup, 0 for none.
        cutmix: Alpha of cutmix, 0 for none; photos only.
        class_weights: Whether rare classes count more.
        patience: Stop after so many epochs without a better macro F1 on the validation samples, and
            keep the best epoch; None trains to the end and keeps the last.
        temperature: Of distillation: how much of the teacher's doubt is shown.
        teacher_weight: Share of the loss that is the teacher's.
        pretrain_epochs: Of masked pre-training, before the first labelled step.
        masked: Share of the tokens that is hidden in it; None for the usual one of the kind.
    """

    epochs: int = 40
    batch: int = 32
    learning_rate: float = 2e-3
    warm_up_epochs: float = 3.0
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    largest_gradient: float = 1.0
    average: float = 0.99
    augmentation: Variation | None = field(default_factory=Augmentation)
    threads: int = 1
    dropout: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    class_weights: bool = False
    patience: int | None = None
    temperature: float = 4.0
    teacher_weight: float = 0.7
    pretrain_epochs: int = 0
    masked: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        for name in ("epochs", "batch", "threads", "patience"):
            if (value := getattr(self, name)) is not None and value < 1:
                raise ValueError(f"{name} is {value}; give at least 1")
        for name in ("learning_rate", "temperature"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; give more than 0")
        for name in ("mixup", "cutmix", "weight_decay", "warm_up_epochs", "pretrain_epochs"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}; give 0 (off) or more")
        for name in ("average", "dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give 0 (off) to below 1")
        if not 0 <= self.teacher_weight <= 1:
            raise ValueError(f"teacher_weight is {self.teacher_weight}; give 0 to 1")
        if self.masked is not None and not 0 < self.masked < 1:
            raise ValueError(f"masked is {self.masked}; give a share between 0 and 1")
