from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import pytest

from benchmarks.peers.environments import Environment, child_environment, closure, tree_bytes

TOOL = Environment("tool-1.0", ("tool==1.0", "other==2.0"))


def test_an_environment_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))
    monkeypatch.setattr(subprocess, "run", lambda words, **_: ran.append(words))
    TOOL.install(tmp_path)
    TOOL.install(tmp_path)
    assert len(ran) == 1
    assert ran[0][-2:] == ["tool==1.0", "other==2.0"]
    assert TOOL.is_ready(tmp_path)


def test_other_pins_are_another_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: None)
    TOOL.install(tmp_path)
    assert not Environment(TOOL.name, ("tool==1.1",)).is_ready(tmp_path)


def test_an_installation_that_fails_leaves_no_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise subprocess.CalledProcessError(1, ["pip"], stderr="no such wheel")

    monkeypatch.setattr(venv, "create", lambda folder, **_: folder.mkdir(exist_ok=True))
    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(subprocess.CalledProcessError):
        TOOL.install(tmp_path)
    assert not TOOL.is_ready(tmp_path)


def test_size_counts_files_but_not_pip(tmp_path: Path) -> None:
    for name, size in (("tool/a.py", 10), ("pip/b.py", 100), ("pip-23.2.dist-info/c", 1000)):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(bytes(size))
    assert tree_bytes(tmp_path, but="pip") == 10
    assert tree_bytes(tmp_path) == 1110


def test_requirements_are_followed_but_extras_are_not() -> None:
    found = set(closure(["jinja2", "no-such-package"]))
    assert {"jinja2", "markupsafe"} <= found
    assert "no-such-package" not in found
    assert "babel" not in found  # an extra of jinja2


def test_tools_run_on_one_thread_and_phone_nobody() -> None:
    variables = child_environment()
    assert variables["OMP_NUM_THREADS"] == "1"
    assert variables["ORT_DISABLE_TELEMETRY"] == "1"
    assert variables["OLIVE_DISABLE_TELEMETRY"] == "1"
    assert variables["CI"] == "true"
