import errno
import json
import os
import subprocess
import sys

import pytest

from edgeattn.deploy.on_board import folder
from edgeattn.deploy.on_board.folder import Refusal, answer, claim, locked, refusal_of, write


def test_a_new_folder_is_marked_and_private(tmp_path):
    place = tmp_path / "a/b"
    claim(str(place))
    assert json.loads((place / "edgeattn.json").read_text())["made_by"] == "edgeattn"
    assert place.stat().st_mode & 0o777 == 0o700
    claim(str(place))


def test_a_folder_with_other_files_is_not_claimed(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(Refusal) as refusal:
        claim(str(tmp_path))
    assert refusal.value.kind == "foreign"
    assert os.listdir(tmp_path) == ["thesis.txt"]


def test_a_folder_whose_claim_was_cut_short_is_claimed(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / "edgeattn.json.part").touch()
    claim(str(tmp_path))
    assert sorted(os.listdir(tmp_path)) == ["edgeattn.json", "lock"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EROFS, "read-only"),
     (errno.EACCES, "read-only"), (errno.EIO, "failed")],
)  # fmt: skip
def test_a_failed_call_has_a_kind(code, kind):
    assert refusal_of(OSError(code, os.strerror(code), "/data")).kind == kind


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(errno.ENOSPC, "no space", "/data"), {"error": "disk-full", "detail": "/data"}),
        (Refusal("busy", "7"), {"error": "busy", "detail": "7"}),
    ],
)
def test_a_fault_is_answered_as_json(capsys, fault, said):
    def work():
        raise fault

    assert answer(work) == 3
    assert json.loads(capsys.readouterr().out) == said


def test_an_answer_is_one_line(capsys):
    assert answer(lambda: {"a": 1}) == 0
    assert capsys.readouterr().out == '{"a": 1}\n'


def test_a_second_owner_is_refused_and_told_who_the_first_is(tmp_path, monkeypatch):
    monkeypatch.setattr(folder, "PATIENCE_S", 0.3)
    with locked(str(tmp_path)), pytest.raises(Refusal) as refusal, locked(str(tmp_path)):
        pass
    assert (refusal.value.kind, refusal.value.detail) == ("busy", str(os.getpid()))
    with locked(str(tmp_path)):
        pass


def test_the_lock_of_a_process_that_died_is_gone(tmp_path):
    code = (
        "import os,sys\nfrom edgeattn.deploy.on_board.folder import locked\n"
        f"with locked({str(tmp_path)!r}): os._exit(9)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 9
    with locked(str(tmp_path)):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write(str(path), b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write(str(path), b"new")
    assert path.read_bytes() == b"old"
