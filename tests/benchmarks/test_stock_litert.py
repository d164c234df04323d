from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks import stock_litert
from benchmarks.stock_litert import PINS, RECIPES, ready_environment, reason
from edgeattn.data.data import Data

DATA = Data({"x": np.zeros((2, 3), np.float32)}, None, None, "zeros")


def test_tools_that_do_not_install_are_rows_that_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, ["python", "-m", "pip"], stderr="\nno such wheel\n")

    monkeypatch.setattr(stock_litert, "ready_environment", fail)
    rows = stock_litert.stock_litert("gesture-hybrid", DATA, tmp_path)
    assert [row.recipe for row in rows] == [recipe for recipe, _ in RECIPES.values()]
    assert all(row.content is None for row in rows)
    assert rows[0].note == "not measured: pip ended with 1: no such wheel"


def test_a_folder_that_cannot_be_made_is_told_without_its_path(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    rows = stock_litert.stock_litert("gesture-hybrid", DATA, blocked)
    assert str(tmp_path) not in rows[0].note
    assert rows[0].note.startswith("not measured: ")


def test_an_environment_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(stock_litert.venv, "create", lambda folder, **_: folder.mkdir())
    monkeypatch.setattr(stock_litert, "run", lambda command, timeout: ran.append(command))
    first = ready_environment(tmp_path / "tools")
    assert ready_environment(tmp_path / "tools") == first
    assert len(ran) == 1
    assert set(PINS) < set(ran[0])


def test_a_timeout_is_told_in_seconds() -> None:
    assert reason(subprocess.TimeoutExpired(["python"], 600)) == "took longer than 600 s"
