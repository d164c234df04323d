"""What each file is worth: speed against the right float file, and how far its answers went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.peers.preparing import TRAINED, title
from benchmarks.peers.rounds import Measured
from benchmarks.peers.source import Array, Source
from benchmarks.peers.store import Made
from edgeattn_runtime.accuracy import Drop, agreement, paired_drop, sqnr_db, top1
from edgeattn_runtime.latency import RatioInterval, median_ratio_interval

RIGHT_DB = 20.0
"""An int8 file below this output SQNR answers something else and is no competitor."""
FLOAT_DB = 60.0
"""A float file below this computes another function and is no reference."""


@dataclass(frozen=True)
class Row:
    """A file that ran, judged.

    Attributes:
        made: It.
        provider: What ran it.
        ms: One sample per round.
        over_engine: Speed over the fastest fp32 file of its engine, whoever made it.
        over_any: Speed over the fastest float file of any engine.
        sqnr_db: Against PyTorch's float answers.
        agreement: Share of samples in the same class as PyTorch's, 0 to 1.
        accuracy: On labels; None for an untrained model.
        drop: Accuracy lost against PyTorch, in points; None for an untrained model.
    """

    made: Made
    provider: str
    ms: tuple[float, ...]
    over_engine: RatioInterval
    over_any: RatioInterval
    sqnr_db: float
    agreement: float
    accuracy: float | None = None
    drop: Drop | None = None

    @property
    def p50(self) -> float:
        """Median milliseconds."""
        return float(np.median(self.ms))

    @property
    def int8(self) -> bool:
        """Whether it is an int8 file."""
        return self.made.recipe.precision == "int8"

    @property
    def competes(self) -> bool:
        """Whether it is a peer's int8 file whose answers are right."""
        return self.int8 and not self.made.ours and self.sqnr_db >= RIGHT_DB

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "tool": self.made.peer.name, "recipe": self.made.recipe.title,
            "engine": self.made.recipe.engine, "precision": self.made.recipe.precision,
            "provider": self.provider, "p50_ms": self.p50, "rounds": len(self.ms),
            "over_engine_fp32": asdict(self.over_engine), "over_any_float": asdict(self.over_any),
            "sqnr_db": min(self.sqnr_db, 200.0), "top1_agreement": self.agreement,
            "accuracy": self.accuracy, "drop": None if self.drop is None else asdict(self.drop),
            "bytes": self.made.bytes, "seconds": self.made.seconds, "note": self.made.note,
        }  # fmt: skip


@dataclass(frozen=True)
class Contest:
    """One model: who ran, and who did not and why.

    Attributes:
        name: The model.
        rows: What ran.
        absent: What could not be made or run, with the reason in its note.
    """

    name: str
    rows: tuple[Row, ...]
    absent: tuple[Made, ...] = ()

    @property
    def title(self) -> str:
        """The model's name for tables."""
        return title(self.name)

    @property
    def trained(self) -> bool:
        """Whether accuracy means something."""
        return self.name == TRAINED

    def of(self, engine: str) -> tuple[Row, ...]:
        """Return an engine's rows."""
        return tuple(row for row in self.rows if row.made.recipe.engine == engine)

    def ours(self, recipe: str) -> Row | None:
        """Return one of EdgeAttn's rows by its recipe: "onnx int8", "tflite int8-core", ..."""
        return next(
            (row for row in self.rows if row.made.ours and row.made.recipe.name == recipe), None
        )

    def best(self) -> Row | None:
        """Return EdgeAttn's fastest recommended int8 file, whatever its engine."""
        return fastest(row for name in ("onnx int8", "tflite int8") if (row := self.ours(name)))

    def competitor(self, engine: str) -> Row | None:
        """Return the fastest of the peers' int8 files on an engine whose answers are right."""
        return fastest(row for row in self.of(engine) if row.competes)

    def stock(self, engine: str) -> Row | None:
        """Return what the engine's own static recipe made."""
        return next((row for row in self.of(engine) if row.made.recipe.stock), None)


def fastest(rows: Iterable[Row]) -> Row | None:
    """Return the row of the smallest median."""
    return min(rows, key=lambda row: row.p50, default=None)


def against(ours: Row, other: Row) -> RatioInterval:
    """Return how many times as fast as another file ours is; below 1 the other wins."""
    return ratio(other.ms, ours.ms)


def judged(
    source: Source, ran: Sequence[Measured], made: Sequence[Made], refused: dict[str, str]
) -> Contest:
    """Return a model's contest."""
    reference, labels = source.reference(), source.labels()
    floats = [one for one in ran if is_reference(one, reference)]
    anyone = quickest(floats)
    rows = []
    for one in ran:
        engine = one.made.recipe.engine
        same = quickest([each for each in floats if each.made.recipe.engine == engine]) or anyone
        if same is None or anyone is None:
            raise ValueError(f"{source.name}: no float file ran, so nothing has a speed-up")
        row = Row(
            one.made, one.provider, one.ms, ratio(same.ms, one.ms), ratio(anyone.ms, one.ms),
            sqnr_db(reference, one.answers), agreement(reference, one.answers),
            *graded(labels, reference, one.answers),
        )  # fmt: skip
        rows.append(row)
    absent = [
        Made(one.peer, one.recipe, note=refused.get(one.key, one.note))
        for one in made
        if one.path is None or one.key in refused
    ]
    return Contest(source.name, tuple(rows), tuple(absent))


def is_reference(one: Measured, reference: Array) -> bool:
    """Tell whether a file is float and computes the model."""
    return one.made.recipe.precision == "fp32" and sqnr_db(reference, one.answers) >= FLOAT_DB


def quickest(ran: Sequence[Measured]) -> Measured | None:
    """Return the one of the smallest median."""
    return min(ran, key=lambda one: float(np.median(one.ms)), default=None)


def graded(
    labels: Array | None, reference: Array, found: Array
) -> tuple[float | None, Drop | None]:
    """Return accuracy and its paired drop, or nothing where there are no labels."""
    if labels is None:
        return None, None
    right = top1(found) == labels
    return float(right.mean()), paired_drop(top1(reference) == labels, right)


def ratio(a: Sequence[float], b: Sequence[float]) -> RatioInterval:
    """Return median(a) / median(b) with its 95 % interval, rounds paired."""
    return median_ratio_interval(a, b, seed=0)
