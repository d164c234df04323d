from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from edgeattn_runtime import zipapp_build
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.zipapp_build import build_zipapp


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    return build_zipapp(tmp_path_factory.mktemp("app") / "edgeattn_runtime.pyz")


def run(app, *arguments, folder=None):
    """Run the app where nothing else of ours can be imported."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, str(app), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder or app.parent,
        check=False,
    )


def test_the_app_checks_a_bundle(app, bundle_path):
    done = run(app, "check", bundle_path, "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["verdict"]["passed"]


def test_the_app_measures_memory_in_a_child_of_its_own(app, bundle_path):
    done = run(app, "bench", bundle_path, "--engine", "tflite", "--iterations", "3", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["candidates"]
    assert all(row["peak_rss_mb"] > 20 for row in rows)


def test_the_app_may_be_called_by_a_relative_name(app, bundle_path):
    arguments = ["--engine", "tflite", "--precision", "fp32", "--iterations", "3", "--json"]
    done = run(Path(app.name), "bench", bundle_path, *arguments, folder=app.parent)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["candidates"][0]["peak_rss_mb"] > 20


def test_the_app_passes_exit_codes_on(app, tmp_path):
    assert run(app, "check", tmp_path / "none").returncode == 3


def test_the_same_sources_give_the_same_bytes(app, tmp_path):
    assert build_zipapp(tmp_path / "again.pyz").read_bytes() == app.read_bytes()


def test_the_app_is_a_small_executable_with_an_interpreter_line(app):
    assert app.stat().st_mode & stat.S_IXUSR
    assert app.read_bytes().startswith(b"#!/usr/bin/env python3\n")
    assert app.stat().st_size < 150_000


def test_the_app_holds_the_runtime_and_nothing_else(app):
    with zipfile.ZipFile(app) as archive:
        names = archive.namelist()
    assert names[0] == "__main__.py"
    assert {name.split("/")[0] for name in names[1:]} == {"edgeattn_runtime"}
    assert not [name for name in names if "__pycache__" in name]


def test_an_old_python_is_refused_in_one_line():
    """The start file must be readable for any Python 3, and stop before anything newer."""
    before, _, after = zipapp_build.START.decode().partition("import numpy")
    assert "version_info < (3, 8)" in before
    assert "edgeattn_runtime.cli" in after


@pytest.mark.parametrize(
    ("pretend", "said"),
    [
        ("sys.modules['numpy'] = None", "NumPy is missing"),
        ("sys.version_info = (3, 6)", "needs Python 3.8 or newer, this is 3.6"),
    ],
)
def test_a_board_that_cannot_run_the_app_is_told_with_exit_code_3(pretend, said):
    script = f"import sys; {pretend}\n{zipapp_build.START.decode()}"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(BadEnvironment, match=r"cannot write .*choose another place"):
        build_zipapp(tmp_path / "none" / "app.pyz")


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipapp_build, "_add", fail)
    with pytest.raises(BadEnvironment, match="No space left"):
        build_zipapp(tmp_path / "app.pyz")
    assert list(tmp_path.iterdir()) == []


def test_an_app_does_not_pack_itself(monkeypatch, tmp_path):
    monkeypatch.setattr(zipapp_build, "__file__", str(tmp_path / "app.pyz" / "x" / "y.py"))
    with pytest.raises(BadEnvironment, match="inside a zip already; copy that file instead"):
        build_zipapp(tmp_path / "again.pyz")


def test_the_app_is_built_from_the_command_line(tmp_path, capsys):
    out = tmp_path / "edgeattn.pyz"
    assert zipapp_build.main([str(out)]) == 0
    assert capsys.readouterr().out == f"{out}, {out.stat().st_size} bytes\n"


def test_a_place_that_cannot_be_written_ends_in_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert zipapp_build.main([str(tmp_path / "file" / "edgeattn.pyz")]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 1
