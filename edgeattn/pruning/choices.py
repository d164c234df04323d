"""What the user wants of a pruning."""

from __future__ import annotations

from dataclasses import dataclass

from edgeattn.pruning.scores import SCORES
from edgeattn_runtime.errors import BadUsage

FORMATS = ("onnx", "tflite")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How much is removed, by what score, towards which goal.

    Attributes:
        heads: Share of all attention heads to remove; None for 0, or for what a goal takes.
        channels: Share of all channels to remove, likewise.
        tokens: Share of the tokens that the last attention no longer passes on.
        score: How units are judged, see edgeattn.pruning.scores.
        target_macs: Share of the multiply-accumulates that may stay, or None.
        target_latency_ratio: Largest int8 latency relative to the model before, or None.
        finetune_epochs: Epochs after the pruning, those of all rounds together.
        rounds: In how many steps the goal is approached, fine-tuned in between.
        teacher: Whether the model before teaches in the fine-tuning.
        format: The file whose latency counts: "onnx" or "tflite".
        seed: Of the samples that score, and of the fine-tuning.
    """

    heads: float | None = None
    channels: float | None = None
    tokens: float = 0.0
    score: str = "taylor"
    target_macs: float | None = None
    target_latency_ratio: float | None = None
    finetune_epochs: int = 0
    rounds: int = 1
    teacher: bool = True
    format: str = "onnx"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        for flag, rate in self.rates.items():
            if rate is not None and not 0 <= rate < 1:
                raise BadUsage(f"{flag} is {rate:g}; give the share to remove, from 0 to below 1")
        for flag, goal in self.goals.items():
            if goal is not None and not 0 < goal < 1:
                raise BadUsage(f"{flag} is {goal:g}; give the share that may stay, between 0 and 1")
        if self.score not in SCORES:
            raise BadUsage(f"there is no score {self.score!r}; choose {', '.join(SCORES)}")
        if self.format not in FORMATS:
            raise BadUsage(f"there is no format {self.format!r}; choose {' or '.join(FORMATS)}")
        if all(goal is not None for goal in self.goals.values()):
            raise BadUsage(f"{' and '.join(self.goals)} are two goals; give one")
        if not any(self.goals.values()) and not any(self.rates.values()):
            raise BadUsage(
                f"nothing is to be removed; give {', '.join(self.rates)} above 0, or "
                f"{' or '.join(self.goals)}"
            )
        if self.finetune_epochs < 0 or self.rounds < 1:
            raise BadUsage(
                f"{self.finetune_epochs} epochs in {self.rounds} rounds; give no less than 0 in 1"
            )
        if self.rounds > 1 and self.finetune_epochs < self.rounds:
            raise BadUsage(
                f"--rounds {self.rounds} needs an epoch of fine-tuning each, and --finetune-epochs "
                f"is {self.finetune_epochs}; give at least {self.rounds}, or one round"
            )

    @property
    def rates(self) -> dict[str, float | None]:
        """What to remove, by flag."""
        return {"--heads": self.heads, "--channels": self.channels, "--tokens": self.tokens}

    @property
    def goals(self) -> dict[str, float | None]:
        """What to reach, by flag."""
        return {
            "--target-macs": self.target_macs,
            "--target-latency-ratio": self.target_latency_ratio,
        }

    def epochs_of(self, round_number: int) -> int:
        """Return the fine-tuning epochs of a round, counted from 0; the last ones get the rest.

        >>> [Choices(heads=0.5, finetune_epochs=5, rounds=3).epochs_of(one) for one in range(3)]
        [1, 2, 2]
        """
        each, rest = divmod(self.finetune_epochs, self.rounds)
        return each + (round_number >= self.rounds - rest)
