"""How a model is trained: the numbers, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgeattn.training.augment import Augmentation


@dataclass(frozen=True, kw_only=True)
class TrainingRecipe:
    """Choices of a training; each is recorded and must agree when it is resumed.

    Attributes:
        epochs: How often every sample is seen.
        batch: Samples per step.
        learning_rate: At its highest, after the warm-up; then it falls along a cosine.
        warm_up_epochs: While the rate rises from zero.
        weight_decay: For matrices and kernels; biases and normalisations have none.
        label_smoothing: Share of the target that is spread over all classes.
        largest_gradient: Norm to which a longer gradient is cut.
        average: How slowly the averaged weights follow, per step.
        augmentation: How photos are changed, or None to leave samples as they are.
        threads: Of PyTorch. The result depends on it in the last bits, so it is part of the recipe;
            one thread gives the same weights on a board of one core and on a busy machine.
    """

    epochs: int = 40
    batch: int = 32
    learning_rate: float = 2e-3
    warm_up_epochs: float = 3.0
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    largest_gradient: float = 1.0
    average: float = 0.99
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    threads: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot train."""
        for name in ("epochs", "batch", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give at least 1")
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; give more than 0")
        if not 0 <= self.average < 1:
            raise ValueError(f"average is {self.average}; give 0 (off) to below 1")


RECIPES: dict[str, TrainingRecipe] = {"gesture-hybrid": TrainingRecipe()}
