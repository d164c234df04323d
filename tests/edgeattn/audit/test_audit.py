from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeattn.audit import audit as module
from edgeattn.audit import finish, plan
from edgeattn.audit.audit import audit
from edgeattn.audit.export import Exported
from edgeattn.audit.sizing import FAMILIES, Sized
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.latency import RatioInterval, summarise
from tests.edgeattn.audit.conftest import INT8, Ticking


@pytest.fixture(autouse=True)
def exported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Small candidates, and files that are only said to be there; the real ones: test_export."""
    names: list[str] = []

    def small(signal: Any) -> tuple[Sized, ...]:
        return tuple(Sized(family, 16, 12, macs=1000, params=10) for family in FAMILIES)

    def fake(model: Any, material: Any, *, name: str, **others: Any) -> Exported:
        names.append(name)
        right = np.arange(len(material.test)) > 1
        if name == "recurrent":
            return Exported(None, "no such operator", right, right)
        return Exported(dict(INT8), None, right, right)

    def timed(files: dict[str, Path], reference: str, material: Any) -> dict[str, Any]:
        return {name: (summarise([1.0, 1.0]), RatioInterval(1, 1, 1)) for name in files}

    monkeypatch.setattr(module, "sized", small)
    monkeypatch.setattr(plan, "export", fake)
    monkeypatch.setattr(finish, "export", fake)
    monkeypatch.setattr(module, "time_together", timed)
    return names


def test_the_budget_is_divided_into_the_same_number_of_epochs_for_all(
    archive: Path, tmp_path: Path, clock: Ticking
) -> None:
    found = audit(str(archive), out=tmp_path / "out", budget_s=54, clock=clock)
    facts = json.loads((tmp_path / "out" / "audit.json").read_text())
    epochs = facts["budget"]["epochs"]
    assert {one["epochs"] for one in facts["candidates"]} == {epochs}
    assert 1 < epochs < 10
    assert facts["budget"]["limited_by"] == "budget"
    assert facts["budget"]["file_s"] == 1.0
    assert set(facts["budget"]["first_epoch_s"].values()) == {1.0}
    assert found.record.spent_s <= 54


def test_what_is_left_behind_says_everything_once(archive: Path, tmp_path: Path) -> None:
    found = audit(str(archive), out=tmp_path / "out", epochs=1)
    facts = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert facts["schema_version"] == 1
    assert [one["name"] for one in facts["candidates"]] == list(FAMILIES)
    assert facts["verdict"]["reference"] in ("cnn", "recurrent")
    assert facts["budget"] | {"used_s": 0} == {
        "asked_s": None, "used_s": 0, "epochs": 1, "limited_by": "epochs", "first_epoch_s": {},
        "file_s": 0.0,
    }  # fmt: skip
    assert found.worth.sentence in (tmp_path / "out" / "audit.html").read_text()
    recurrent = facts["candidates"][1]
    assert recurrent["judged"] == "float"
    assert any("no int8 file: no such operator" in remark for remark in facts["remarks"])
    left = {path.name for path in tmp_path.joinpath("out").rglob("*") if path.is_file()}
    assert left == {"plan.json", "metrics.jsonl", "result.json", "audit.json", "audit.html"}


def test_a_budget_too_short_for_one_epoch_leaves_nothing(
    archive: Path, tmp_path: Path, clock: Ticking
) -> None:
    with pytest.raises(BadUsage, match=r"--budget 5s is too short: one epoch of all 5 candidates"):
        audit(str(archive), out=tmp_path / "out", budget_s=5, clock=clock)
    assert not (tmp_path / "out").exists()


def test_a_stopped_audit_goes_on_where_it_was_and_ends_alike(
    archive: Path, tmp_path: Path, exported: list[str]
) -> None:
    whole = audit(str(archive), out=tmp_path / "whole", epochs=2)
    exported.clear()
    steps = []

    def stop(title: str, share: float) -> None:
        steps.append(share)
        if title == "single-head: epoch 2 of 2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(str(archive), out=tmp_path / "out", epochs=2, progress=stop)
    assert not (tmp_path / "out" / "audit.json").exists()
    assert exported == ["cnn", "recurrent"]
    assert steps == sorted(steps)
    with pytest.raises(BadUsage, match="holds an audit already; add --resume"):
        audit(str(archive), out=tmp_path / "out", epochs=2)
    again = audit(str(archive), out=tmp_path / "out", epochs=2, resume=True)
    assert exported == list(FAMILIES)  # what was finished was not done again
    both = [
        [one.one.to_json() | {"train_s": 0} for one in found.compared] for found in (again, whole)
    ]
    assert both[0] == both[1]


def test_an_audit_that_was_stopped_while_it_was_planned_goes_on_with_its_budget(
    archive: Path, tmp_path: Path
) -> None:
    def stop(title: str, share: float) -> None:
        if title == "hybrid: epoch 1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(str(archive), out=tmp_path / "o", budget_s=60, clock=Ticking(), progress=stop)
    found = audit(str(archive), out=tmp_path / "o", resume=True, clock=Ticking())
    assert found.record.budget_s == 60
    assert set(found.record.epoch_s) == set(FAMILIES)
    assert found.record.epochs is not None
    assert found.record.epochs > 1


def test_nothing_is_resumed_with_another_seed(archive: Path, tmp_path: Path) -> None:
    audit(str(archive), out=tmp_path / "out", epochs=1)
    with pytest.raises(BadUsage, match="with seed 0, not 1"):
        audit(str(archive), out=tmp_path / "out", epochs=1, seed=1, resume=True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"budget_s": 60, "epochs": 2}, "contradict each other"),
        ({"formats": ()}, "no format was asked for"),
        ({"resume": True}, "holds no audit to resume"),
    ],
)
def test_what_is_typed_wrong_is_refused(
    archive: Path, tmp_path: Path, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadUsage, match=message):
        audit(str(archive), out=tmp_path / "out", **settings)


def test_a_clock_that_counts_instructions_cannot_keep_a_budget(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDGEATTN_CLOCK", "instructions")
    with pytest.raises(BadUsage, match="an audit needs time"):
        audit(str(archive), out=tmp_path / "out")


def test_a_missing_engine_is_said_before_anything_is_trained(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(format: str) -> str:
        raise BadEnvironment(f"no engine for {format}")

    monkeypatch.setattr(module, "installed_engine", missing)
    with pytest.raises(BadEnvironment, match="no engine for onnx"):
        audit(str(archive), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
