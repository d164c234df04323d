from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgeattn.audit import plan
from edgeattn.audit.material import Material
from edgeattn.audit.plan import PACED_BY, plan_epochs
from edgeattn.audit.record import Record
from edgeattn.audit.sizing import FAMILIES
from edgeattn_runtime.errors import BadUsage
from tests.edgeattn.audit.conftest import Ticking


class Fit:
    """Stands for a candidate whose epochs take as many looks at the clock as it is told."""

    model = None

    def __init__(self, clock: Ticking, seconds: float) -> None:
        self.clock, self.seconds, self.epochs = clock, seconds, 0

    def probe(self, clock: Any) -> float:
        return self.seconds

    def epoch(self, epochs: int, progress: Callable[[float], None]) -> None:
        self.clock.now += self.seconds - 1  # looking at it again takes the last one
        self.epochs += 1
        progress(1.0)


def planned(
    tmp_path: Path,
    material: Material,
    monkeypatch: pytest.MonkeyPatch,
    record: Record,
    **asked: Any,
) -> tuple[Record, dict[str, Fit]]:
    clock = Ticking()
    fits = {family: Fit(clock, 4.0) for family in FAMILIES}
    monkeypatch.setattr(plan, "export", lambda model, material, **others: made.append(others))
    made: list[dict[str, Any]] = []
    plan_epochs(
        record, fits, material,  # type: ignore[arg-type]
        formats=("onnx",), asked=asked.get("asked"), spent=lambda: clock.now, clock=clock,
        say=lambda title, share: None,
    )  # fmt: skip
    assert [one["name"] for one in made] == asked.get("files", [PACED_BY])
    return record, fits


def test_a_budget_becomes_epochs_by_what_the_first_ones_took(
    tmp_path: Path, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, fits = planned(tmp_path, material, monkeypatch, Record(tmp_path / "o", {}, 300.0))
    assert record.files_s == 1.0
    assert record.epoch_s == dict.fromkeys(FAMILIES, 4.0)
    # two looks for the file, five epochs of 4 s and a look before each: 27 s; six files of 1 s
    assert record.epochs == 1 + (300 - 27 - 6) // 20
    assert {fit.epochs for fit in fits.values()} == {1}
    assert (tmp_path / "o" / "plan.json").exists()


def test_a_number_of_epochs_needs_no_timing(
    tmp_path: Path, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record(tmp_path / "o", {})
    record, fits = planned(tmp_path, material, monkeypatch, record, asked=7, files=[])
    assert (record.epochs, record.limited_by) == (7, "epochs")
    assert {fit.epochs for fit in fits.values()} == {0}


def test_a_budget_that_is_refused_leaves_nothing(
    tmp_path: Path, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadUsage, match="--budget 20s is too short"):
        planned(tmp_path, material, monkeypatch, Record(tmp_path / "o", {}, 20.0))
    assert not (tmp_path / "o").exists()


def test_a_plan_that_was_stopped_times_what_is_missing_alone(
    tmp_path: Path, material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = Record(tmp_path / "o", {}, 300.0, files_s=2.0, epoch_s={"cnn": 5.0})
    clock = Ticking()
    fits = {family: Fit(clock, 4.0) for family in FAMILIES}
    fits["cnn"].epochs = 1
    plan_epochs(
        record, fits, material,  # type: ignore[arg-type]
        formats=("onnx",), asked=None, spent=lambda: clock.now, clock=clock,
        say=lambda title, share: None,
    )  # fmt: skip
    assert record.epoch_s == {**dict.fromkeys(FAMILIES, 4.0), "cnn": 5.0}
    assert record.epochs == 1 + (300 - 20 - 12) // 21
