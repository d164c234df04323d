"""What was measured of each file of the gesture model: speed, and its answers against labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.contender import Contender
from benchmarks.measuring import Timing, against
from edgeattn.data.data import Array, Data
from edgeattn_runtime.accuracy import Drop, agreement, paired_drop, sqnr_db, top1


@dataclass(frozen=True)
class Row:
    """A contender that ran."""

    contender: Contender
    accuracy: float
    drop: Drop
    agreement: float
    sqnr_db: float
    timing: Timing
    speedup_over_fastest: float

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        one = self.contender
        return {
            "engine": one.engine, "recipe": one.recipe, "precision": one.precision,
            "ours": one.ours, "bytes": len(one.content or b""), "seconds": one.seconds,
            "note": one.note, "accuracy": self.accuracy, "drop": asdict(self.drop),
            "top1_agreement": self.agreement, "sqnr_db": min(self.sqnr_db, 200.0),
            "speedup_over_fastest_fp32": self.speedup_over_fastest,
            **self.timing.to_json(),
        }  # fmt: skip


def timings(contenders: Sequence[Contender], samples: dict[str, tuple[float, ...]]) -> dict[
    str, Timing
]:  # fmt: skip
    """Return each file's timing against EdgeAttn's own fp32 file of the same engine."""
    found: dict[str, Timing] = {}
    for format in {one.format for one in contenders}:
        mine = {one.key: samples[one.key] for one in contenders if one.format == format}
        reference = next(
            one.key
            for one in contenders
            if one.format == format and one.ours and one.precision == "fp32"
        )
        found |= against(reference, mine)
    return found


def judged(
    contenders: Sequence[Contender], logits: Array, test: Data, timing: dict[str, Timing],
    answers: dict[str, Array],
) -> tuple[Row, ...]:  # fmt: skip
    """Return every file's row: its answers against the labels and the source model's logits."""
    assert test.y is not None
    right = top1(logits) == test.y
    rows = []
    for one in contenders:
        found = answers[one.key]
        correct = top1(found) == test.y
        fastest = min(
            timing[other.key].latency_ms.p50
            for other in contenders
            if other.format == one.format and other.precision == "fp32"
        )
        rows.append(
            Row(
                one, float(correct.mean()), paired_drop(right, correct), agreement(logits, found),
                sqnr_db(logits, found), timing[one.key],
                fastest / timing[one.key].latency_ms.p50,
            )
        )  # fmt: skip
    return tuple(rows)
