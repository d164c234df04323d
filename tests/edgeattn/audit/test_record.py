from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeattn.audit.record import Record, new_record, old_record
from edgeattn.audit.result import Finished
from edgeattn_runtime.errors import BadUsage, BrokenModel
from tests.edgeattn.audit.conftest import Ticking

SETTINGS = {"seed": 0, "formats": ["onnx"], "sizes": {"cnn": [32, 32]}}


@pytest.fixture
def stopped(tmp_path: Path) -> Record:
    record = new_record(tmp_path / "out", SETTINGS, 60.0)
    record.files_s, record.epochs, record.epoch_s = 4.0, 7, {"cnn": 1.5}
    record.save()
    return record


def test_a_plan_survives_its_file(stopped: Record) -> None:
    assert old_record(stopped.folder, SETTINGS, None) == stopped


def test_an_audit_that_begins_writes_nothing(tmp_path: Path) -> None:
    new_record(tmp_path / "out", SETTINGS, 60.0)
    assert not (tmp_path / "out").exists()


def test_seconds_of_all_runs_add_up_however_one_ends(stopped: Record) -> None:
    stopped.spent_s = 10.0

    def run() -> None:
        with stopped.counting(Ticking()) as spent:
            assert spent() == 11.0
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run()
    assert old_record(stopped.folder, SETTINGS, None).spent_s == 12.0


@pytest.mark.parametrize("there", [False, True])
def test_an_audit_that_was_refused_leaves_nothing(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "out").mkdir()
    record = new_record(tmp_path / "out", SETTINGS, 60.0)
    with pytest.raises(BadUsage), record.counting(Ticking()):
        raise BadUsage("too short")
    assert not list(tmp_path.glob("out/*"))


def test_a_place_that_is_taken_is_refused(stopped: Record, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="holds an audit already; add --resume"):
        new_record(stopped.folder, SETTINGS, 60.0)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(BadUsage, match="exists and is not empty; give another --out"):
        new_record(tmp_path / "other", SETTINGS, 60.0)
    (tmp_path / "empty").mkdir()
    new_record(tmp_path / "empty", SETTINGS, 60.0)


@pytest.mark.parametrize(
    ("settings", "budget", "message"),
    [
        ({**SETTINGS, "seed": 1}, None, "holds an audit with seed 0, not 1"),
        ({**SETTINGS, "formats": ["tflite"]}, None, r"with formats \['onnx'\], not \['tflite'\]"),
        (SETTINGS, 61.0, r"with budget_s 60.0, not 61.0"),
    ],
)
def test_other_settings_are_not_gone_on_with(
    stopped: Record, settings: dict[str, object], budget: float | None, message: str
) -> None:
    with pytest.raises(BadUsage, match=message):
        old_record(stopped.folder, settings, budget)


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="holds no audit to resume; leave out --resume"):
        old_record(tmp_path, SETTINGS, None)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"schema_version": 99}', '{"schema_version": 1}']
)
def test_a_plan_that_is_none_is_refused(stopped: Record, text: str) -> None:
    (stopped.folder / "plan.json").write_text(text)
    with pytest.raises(BrokenModel, match="is no plan of an audit"):
        old_record(stopped.folder, SETTINGS, None)


def test_a_resume_removes_what_was_left_half_written(stopped: Record) -> None:
    inside = stopped.folder / "cnn"
    (inside / ".bundle.x7").mkdir(parents=True)
    (inside / ".bundle.x7" / "model.onnx").write_text("half")
    (inside / ".training.pt.1.part").write_text("half")
    (inside / "training.pt").write_text("whole")
    old_record(stopped.folder, SETTINGS, None)
    assert [path.name for path in inside.iterdir()] == ["training.pt"]


def test_a_finished_candidate_is_found_again(
    stopped: Record, finished: Callable[..., Finished]
) -> None:
    assert stopped.finished("cnn") is None
    stopped.finish(finished("cnn", right=77))
    found = stopped.finished("cnn")
    assert found is not None
    assert found.accuracy == 0.77
    assert json.loads((stopped.folder / "cnn" / "result.json").read_text())["family"] == "cnn"


@pytest.mark.parametrize("text", ["", "{}", "[1]"])
def test_a_result_that_was_damaged_is_named(stopped: Record, text: str) -> None:
    (stopped.folder / "cnn").mkdir()
    (stopped.folder / "cnn" / "result.json").write_text(text)
    with pytest.raises(BrokenModel, match=r"result.json cannot be read .* --resume makes it again"):
        stopped.finished("cnn")
