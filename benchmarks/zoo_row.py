"""What was measured of a model of the zoo: the rows of docs/measurements/zoo.json."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn.audit.comparison import wilson
from edgeattn.models.catalog.measured import EngineFigures, Figures, Interval

LEAST_AGREEMENT, LARGEST_DROP_PP = 0.985, 1.0  # the bar of every int8 file


@dataclass(frozen=True, kw_only=True)
class EngineRow:
    """What `edgeattn convert` and `edgeattn check` said of a model's int8 file for one engine.

    Attributes:
        engine: "onnxruntime" or "ai-edge-litert".
        exit_code: Of the conversion: 0 the gates hold, 1 they do not or it cannot be converted.
        reason: Which file is recommended and why, or what went wrong.
        recommended: The precision that is recommended, None where nothing is.
        recipe: How the int8 file was made.
        parity: Whether the engine computes what the simulation promised.
        held_back_samples: Validation and test samples together; no weight has seen them.
        held_back_drop_pp: Points lost on them, against the engine's fp32 file.
        held_back_interval_pp: Their paired 95 % interval.
        held_back_agreement: Top-1 agreement on them.
        speedup_interval: 95 % interval of the ratio to EdgeAttn's own fp32 file.
        int8_mac_share: Multiply-accumulates that run in int8, 0 to 1.

    The others are those of edgeattn.models.catalog.measured.EngineFigures.
    """

    engine: str
    exit_code: int
    reason: str
    recommended: str | None = None
    recipe: str | None = None
    parity: bool | None = None
    fp32_bytes: int | None = None
    int8_bytes: int | None = None
    fp32_ms: float | None = None
    int8_ms: float | None = None
    speedup: float | None = None
    speedup_interval: Interval | None = None
    accuracy: float | None = None
    drop_pp: float | None = None
    drop_interval_pp: Interval | None = None
    top1_agreement: float | None = None
    sqnr_db: float | None = None
    int8_mac_share: float | None = None
    held_back_samples: int | None = None
    held_back_drop_pp: float | None = None
    held_back_interval_pp: Interval | None = None
    held_back_agreement: float | None = None

    @property
    def converted(self) -> bool:
        """Whether there is an int8 file that computes what it should."""
        return self.int8_bytes is not None and self.parity is True

    @property
    def agrees(self) -> bool:
        """Whether it agrees with the float model as often as asked, on the test split."""
        return self.top1_agreement is not None and self.top1_agreement >= LEAST_AGREEMENT

    @property
    def keeps_accuracy(self) -> bool:
        """Whether the interval of its drop ends where asked, on all samples held back."""
        interval = self.held_back_interval_pp
        return interval is not None and interval[1] < LARGEST_DROP_PP

    def figures(self) -> EngineFigures:
        """Return what the package itself tells of it."""
        names = {field.name for field in dataclasses.fields(EngineFigures)} - {"recommended"}
        return EngineFigures(
            recommended=self.recommended == "int8", **{name: getattr(self, name) for name in names}
        )


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """A model of the zoo with its trained weights.

    Attributes:
        name: In the zoo.
        dataset: What it was trained and measured on.
        baseline_for: The model that it is the yardstick of, or None.
        params: Parameters, as counted by the conversion.
        macs: Multiply-accumulates of one inference, likewise.
        checkpoint_bytes: Size of the trained weights.
        checkpoint_sha256: Which weights these are.
        shipped: Whether they lie in the repository.
        right: Test samples that the model gets right in PyTorch; None where nothing ran.
        test_samples: Of so many.
        fingerprint: Of weights, code, engines and machine: a row with the same one stands.
        created: The day.
        cpu: The machine's name for itself.
        cpu_class: Its kind.
        disturbed: What else ran meanwhile, in words.
        engines: A row for each engine.
    """

    name: str
    dataset: str
    baseline_for: str | None
    params: int | None
    macs: int | None
    checkpoint_bytes: int
    checkpoint_sha256: str
    shipped: bool
    right: int | None
    test_samples: int
    fingerprint: str
    created: str
    cpu: str
    cpu_class: str
    disturbed: tuple[str, ...]
    engines: tuple[EngineRow, ...]

    @property
    def accuracy(self) -> float | None:
        """The share that is right, 0 to 1."""
        return None if self.right is None else self.right / self.test_samples

    def figures(self) -> Figures | None:
        """Return what the package itself tells of it; None where nothing ran."""
        if self.right is None or self.accuracy is None:
            return None
        return Figures(
            accuracy=self.accuracy,
            accuracy_interval=wilson(self.right, self.test_samples),
            test_samples=self.test_samples,
            checkpoint_sha256=self.checkpoint_sha256,
            checkpoint_bytes=self.checkpoint_bytes,
            created=self.created,
            cpu=self.cpu,
            cpu_class=self.cpu_class,
            engines={one.engine: one.figures() for one in self.engines},
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> ModelRow:
        """Return what `to_json` wrote."""
        engines = tuple(EngineRow(**_tuples(one)) for one in read["engines"])
        return cls(**{**_tuples(read), "engines": engines})


def _tuples(read: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in read.items()}
