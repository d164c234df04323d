from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import zoo
from benchmarks.zoo import (
    done_by,
    due,
    fingerprint,
    in_order,
    kept_rows,
    layers,
    parsed,
    subject_of,
    trained_path,
)
from benchmarks.zoo_measure import Subject
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import load_checkpoint
from tests.benchmarks.zoo_rows import row

NAME = "gesture-hybrid"


def own() -> Subject:
    found = subject_of(NAME, ZOO[NAME], None, quick=False, cpu="Cortex-A76")
    assert found is not None
    return found


def test_a_model_is_measured_once_until_something_changes() -> None:
    subject = own()
    same = row(fingerprint=subject.fingerprint, checkpoint_sha256=subject.sha256)
    code = replace(same, fingerprint="another")
    weights = replace(code, checkpoint_sha256="another")
    measured = [due(one, subject, again=False, kept=False) for one in (None, same, code, weights)]
    assert measured == [True, False, True, True]
    assert [due(one, subject, again=False, kept=True) for one in (None, same, code, weights)] == [
        True, False, False, True,
    ]  # fmt: skip
    assert due(same, subject, again=True, kept=False)


def test_a_fingerprint_is_of_weights_machine_effort_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code.py"
    code.write_text("f(1)")
    monkeypatch.setattr(zoo, "CODE", (str(code),))  # not that of a tree which others may edit
    loaded = load_checkpoint(ZOO[NAME].checkpoint_path())
    facts: dict[str, Any] = {"sha256": "a", "loaded": loaded, "quick": False, "cpu": "one"}
    whole = fingerprint(**facts)
    assert whole == fingerprint(**facts)
    for other in ({"sha256": "b"}, {"quick": True}, {"cpu": "two"}):
        assert fingerprint(**(facts | other)) != whole
    for text, same in (("f( 1 )  # one", True), ("f(2)", False)):
        done_by.cache_clear()
        code.write_text(text)
        assert (fingerprint(**facts) == whole) is same
    assert Path("edgeattn/models/hybrid.py").resolve() in {
        path.resolve() for path in layers(loaded)
    }


def test_weights_that_ship_come_first_then_those_of_a_folder(tmp_path: Path) -> None:
    assert own().shipped
    assert own().image_size == (64, 64)
    entry = replace(ZOO[NAME], checkpoint=None)
    assert subject_of(NAME, entry, None, quick=False, cpu="") is None
    assert subject_of(NAME, entry, tmp_path, quick=False, cpu="") is None
    (tmp_path / NAME).mkdir()
    path = tmp_path / NAME / f"{NAME}.pt"
    path.write_bytes(ZOO[NAME].checkpoint_path().read_bytes())
    found = subject_of(NAME, entry, tmp_path, quick=False, cpu="Cortex-A76")
    assert found is not None
    assert (found.checkpoint, found.shipped) == (path, False)
    assert found.fingerprint == own().fingerprint  # the same weights, wherever they lie
    path.rename(tmp_path / f"{NAME}.pt")
    assert trained_path(NAME, tmp_path) == tmp_path / f"{NAME}.pt"


def test_rows_are_kept_in_the_order_of_the_zoo_and_those_that_left_are_dropped(
    tmp_path: Path,
) -> None:
    from benchmarks.measuring import QUICK
    from benchmarks.record import write
    from benchmarks.zoo_page import page
    from edgeattn_runtime.machine import context

    assert kept_rows(tmp_path / "zoo.json") == {}
    made = page([row(name="left-the-zoo"), row()], {})
    write(made, folder=tmp_path, effort=QUICK, before=context(threads=1), module="zoo")
    rows = kept_rows(tmp_path / "zoo.json")
    assert rows == {NAME: row()}
    found, missing = in_order(rows)
    assert found == [row()]
    assert set(missing) == set(ZOO) - {NAME}


def test_a_report_measures_what_is_due_and_writes_after_each_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def fake(subject: Subject, folder: Path, *, quick: bool) -> Any:
        measured.append(subject.name)
        return row(fingerprint=subject.fingerprint)

    monkeypatch.setattr(zoo, "measure", fake)
    words = ["zoo", "--quick", "--only", NAME, "--out", str(tmp_path)]
    monkeypatch.setattr("sys.argv", words)
    zoo.main()
    zoo.main()
    assert measured == [NAME]
    assert (tmp_path / "zoo.md").read_text().startswith("# The zoo")
    monkeypatch.setattr("sys.argv", [*words, "--again"])
    zoo.main()
    assert measured == [NAME, NAME]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--quick"], "say with --out where its page may go"),
        (["--only", "gesture-hybird"], "there is no 'gesture-hybird'"),
        (["--again", "--kept"], "not allowed with"),
    ],
    ids=str,
)
def test_what_is_typed_wrong_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parsed(words)
    assert said in capsys.readouterr().err
