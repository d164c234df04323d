from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest


class Fake:
    """Stands for `edgeattn.audit.audit.audit`: keeps what it was called with."""

    def __init__(self) -> None:
        self.fault: BaseException | None = None
        self.words: tuple[Any, ...] = ()
        self.settings: dict[str, Any] = {}

    def __call__(self, *words: Any, **settings: Any) -> Fake:
        self.words, self.settings = words, settings
        if self.fault is not None:
            raise self.fault
        return self

    def to_json(self) -> dict[str, Any]:
        return {"schema_version": 1, "verdict": {"answer": "undecided"}}

    def text(self) -> str:
        return "Not decided by 100 test samples."


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Fake:
    fake, module = Fake(), ModuleType("edgeattn.audit.audit")
    module.audit = fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "edgeattn.audit.audit", module)
    return fake


def test_audit_prints_the_answer_and_ends_with_0_whatever_it_is(
    edgeattn: Any, library: Fake, tmp_path: Path
) -> None:
    done = edgeattn("audit", "--data", "gestures", "--out", tmp_path / "o")
    assert done.exit_code == 0, done.output
    assert done.stdout == "Not decided by 100 test samples.\n"
    assert "audit.html" in done.stderr


def test_json_is_alone_on_stdout(edgeattn: Any, library: Fake) -> None:
    done = edgeattn("audit", "--data", "gestures", "--json")
    assert json.loads(done.stdout)["verdict"] == {"answer": "undecided"}


def test_what_is_typed_reaches_the_library(edgeattn: Any, library: Fake, tmp_path: Path) -> None:
    edgeattn(
        "audit", "--data", "a.npz", "--budget", "10m", "--seed", "3", "--to", "tflite",
        "--image-size", "32", "--resume", "--out", tmp_path / "o",
    )  # fmt: skip
    assert library.words == ("a.npz",)
    settings = {**library.settings, "progress": None}
    assert settings == {
        "out": tmp_path / "o", "budget_s": 600.0, "epochs": None, "seed": 3,
        "formats": ("tflite",), "image_size": 32, "resume": True, "progress": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "Missing option '--data'"),
        (("--data", "gestures", "--budget", "soon"), "'soon' is no duration"),
        (("--data", "gestures", "--budget", "1m", "--epochs", "2"), "contradict each other"),
        (("--data", "gestures", "--to", "keras"), "choose from onnx, tflite"),
        (("--data", "gestures", "--epochs", "0"), "'--epochs'"),
    ],
)
def test_what_is_typed_wrong_ends_with_2(
    edgeattn: Any, library: Fake, words: tuple[str, ...], line: str
) -> None:
    done = edgeattn("audit", *words)
    assert done.exit_code == 2
    assert line in done.stderr
    assert not library.words


def test_ctrl_c_says_how_to_go_on(edgeattn: Any, library: Fake, tmp_path: Path) -> None:
    library.fault = KeyboardInterrupt()
    (tmp_path / "o").mkdir()
    done = edgeattn("audit", "--data", "gestures", "--out", tmp_path / "o")
    assert done.exit_code == 130
    assert "--resume goes on after the last whole epoch" in done.stderr


def test_data_without_labels_are_an_input_at_fault(edgeattn: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((20, 3, 24), np.float32))
    done = edgeattn("audit", "--data", tmp_path / "x.npz", "--out", tmp_path / "o")
    assert done.exit_code == 3
    assert "has no labels" in done.stderr
    assert not (tmp_path / "o").exists()


def test_data_that_nobody_knows_are_named(edgeattn: Any, tmp_path: Path) -> None:
    done = edgeattn("audit", "--data", "gesture", "--out", tmp_path / "o")
    assert done.exit_code == 2
    assert "did you mean gestures" in done.stderr
