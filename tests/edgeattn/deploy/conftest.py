"""A scratch board: a home folder and a PATH of its own behind a real shell on this machine."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from edgeattn.deploy.local import LocalConnection
from tests.edgeattn.deploy.sshd import Sshd, started
from tests.runtime.conftest import (  # noqa: F401  # fixtures: a tiny real bundle
    bundle_path,
    images,
    make_bundle,
    onnx_bytes,
    tflite_bytes,
    tiny,
)

TOOLS = ("sh", "cat", "uname", "mv", "readlink", "dirname", "sleep", "kill", "rm", "ls", "test")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home folder on the board."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """The only folder of the board's PATH: a few tools, and this Python with its engines."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is not None:
            (folder / name).symlink_to(found)
    write_python(folder / "python3", f'exec {sys.executable} "$@"')
    return folder


@pytest.fixture
def board(home: Path, programs: Path) -> LocalConnection:
    """A line to the scratch board."""
    return board_of(home, programs)


def board_of(home: Path, programs: Path) -> LocalConnection:
    """Return another line to the same board."""
    return LocalConnection(home, {"PATH": str(programs), "ORT_DISABLE_TELEMETRY": "1"})


def write_python(path: Path, script: str) -> None:
    """Put a program onto the board's PATH."""
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Sshd:
    """A real OpenSSH server on this machine, without root's help where there is none."""
    with started(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def ssh_home(sshd: Sshd, programs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home behind the real server; this test's ssh knows its key and nothing else."""
    shutil.rmtree(sshd.home, ignore_errors=True)
    sshd.home.mkdir()
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", sshd.options())
    return sshd.home
