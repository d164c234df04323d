"""All that an audit found: audit.json, and the same in a few lines for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from edgeattn import __version__
from edgeattn.audit.comparison import wilson
from edgeattn.audit.material import Material
from edgeattn.audit.pace import in_words
from edgeattn.audit.record import Record
from edgeattn.audit.result import Compared
from edgeattn.audit.sizing import TOLERANCE
from edgeattn.audit.verdict import Worth
from edgeattn.likeness import disturbances
from edgeattn.report import quantities as q
from edgeattn.report.terminal import table
from edgeattn_runtime.context import Context

SCHEMA_VERSION = 1
ENOUGH = 0.5  # of the usual recipe's epochs
TOGETHER = {"sp_sw_har": "neighbouring windows share half their samples, and five people test"}
"""Data sets whose test samples are not independent, and why."""
HEADINGS = (
    *("Candidate", "MACs", "Parameters", "Test accuracy", "95 % interval", "Gain", "p"),
    *("int8 latency", "Ratio", "vs fp32", "File"),
)


@dataclass(frozen=True, eq=False)
class Audited:
    """What was asked and what was found.

    Attributes:
        material: The samples.
        record: Budget, epochs, seconds.
        compared: All candidates.
        worth: The answer.
        context: The machine that timed the files.
        goal_macs: Multiply-accumulates that all candidates aim at.
        seed: Of the training.
    """

    material: Material
    record: Record
    compared: tuple[Compared, ...]
    worth: Worth
    context: Context
    goal_macs: int
    seed: int

    def to_json(self) -> dict[str, Any]:
        """Return audit.json as plain values."""
        material, record = self.material, self.record
        signal = material.signal
        macs = [one.one.macs for one in self.compared]
        return {
            "schema_version": SCHEMA_VERSION,
            "edgeattn_version": __version__,
            "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "data": {
                "name": material.splits.name,
                "kind": signal.kind,
                "input_shape": list(signal.shape),
                "classes": signal.classes,
                "train_samples": len(material.train),
                "validation_samples": len(material.validation),
                "test_samples": len(material.test),
                "own_test_set": material.own_test,
                "commonest_class": material.majority(),
            },
            "size": {
                "equal": "macs",
                "goal": self.goal_macs,
                "tolerance": TOLERANCE,
                "smallest": min(macs),
                "largest": max(macs),
            },
            "budget": {
                "asked_s": record.budget_s,
                "used_s": round(record.spent_s, 1),
                "epochs": record.epochs,
                "limited_by": record.limited_by,
                "first_epoch_s": {key: round(value, 2) for key, value in record.epoch_s.items()},
                "file_s": round(record.files_s, 1),
            },
            "seed": self.seed,
            "formats": record.settings.get("formats"),
            "context": self.context.to_json(),
            "candidates": [one.to_json() for one in self.compared],
            "verdict": self.worth.to_json(),
            "remarks": list(self.remarks()),
        }

    def remarks(self) -> tuple[str, ...]:
        """Return what makes the answer less worth believing, a sentence each."""
        record, said = self.record, []
        usual = self.material.recipe.epochs
        if record.epochs is not None and record.epochs < ENOUGH * usual:
            said.append(
                f"{record.epochs} of the usual {usual} epochs are few: attention has to learn what "
                "convolutions know from their shape, and gains most from more"
            )
        if not self.material.own_test:
            said.append(
                "the data have no test set of their own, so a fifth of each class was held back; "
                "samples that belong together (one person, one recording) may be on both sides"
            )
        if why := TOGETHER.get(self.material.splits.name.partition(":")[0]):
            said.append(f"{why}, so every interval is too narrow")
        for one in self.compared:
            if one.one.int8 is None:
                said.append(f"{one.one.family}: no int8 file: {one.one.reason}")
            elif one.one.int8.get("note"):
                said.append(f"{one.one.family}: {one.one.int8['note']}")
        if record.budget_s is not None and record.spent_s > 1.1 * record.budget_s:
            said.append(
                f"it took {in_words(record.spent_s)} where {in_words(record.budget_s)} were asked "
                "for: the machine became slower than it was in the first epochs"
            )
        if disturbed := disturbances({"context": self.context.to_json()}):
            said.append(f"latencies were disturbed: {'; '.join(disturbed)}")
        said.append("one training each: another seed moves every accuracy, the intervals do not")
        return tuple(said)

    def setting(self) -> str:
        """Return in one sentence what was done."""
        material, record = self.material, self.record
        return (
            f"{material.splits.name}: {len(material.train):,} training, "
            f"{len(material.validation):,} validation and {len(material.test):,} test samples of "
            f"{material.signal.classes} classes (the commonest is "
            f"{100 * material.majority():.1f} % of the test samples); candidates of "
            f"{q.count(self.goal_macs)} multiply-accumulates within {100 * self.spread():.0f} %, "
            f"{record.epochs} {'epoch' if record.epochs == 1 else 'epochs'} each, "
            f"{in_words(record.spent_s)} in all"
        )

    def spread(self) -> float:
        """Return how far the furthest candidate is from the size all aim at, as a share."""
        return max(abs(one.one.macs / self.goal_macs - 1) for one in self.compared)

    def text(self) -> str:
        """Return the answer, a line for each candidate, and the remarks."""
        rows = [self.row(one) for one in self.compared]
        return "\n".join(
            [self.worth.sentence, "", f"{self.setting()}.", "", table(HEADINGS, rows), ""]
            + [f"- {remark}." for remark in self.remarks()]
        )

    def row(self, compared: Compared) -> tuple[str, ...]:
        """Return the cells of one candidate, "-" where nothing was measured."""
        one, against = compared.one, compared.against
        low, high = wilson(int(one.correct.sum()), len(one.correct))
        cells = (
            q.count(one.macs),
            q.count(one.params),
            f"{100 * one.accuracy:.2f} %" + ("" if one.int8 else " (float)"),
            f"{100 * low:.1f} to {100 * high:.1f}",
            "reference" if against is None else q.points(against.gain_pp),
            "" if against is None else against.p_words.removeprefix("= "),
            q.milliseconds(None if compared.latency is None else compared.latency.p50),
            q.times(None if compared.ratio is None else compared.ratio.ratio),
            q.times(None if one.int8 is None else one.int8["speedup_vs_fp32"]),
            q.size(None if one.int8 is None else one.int8["bytes"]),
        )
        return (one.family, *("-" if cell == q.NOT_MEASURED else cell for cell in cells))
