"""Probing a real shell with chosen programs on its PATH, and answers no honest board would give."""

import json

import pytest

from edgeattn.deploy.connection import Completed
from edgeattn.deploy.fake import FakeConnection
from edgeattn.deploy.probe import probe
from edgeattn_runtime.errors import BadEnvironment
from tests.edgeattn.deploy.conftest import board_of, write_python


def test_a_probe_is_one_round_trip_and_changes_nothing(board, home):
    facts = probe(board)
    assert board.traffic.round_trips == 1
    assert list(home.iterdir()) == []
    assert facts.folder == f"{home}/.edgeattn"
    assert facts.writable
    assert facts.free_bytes > 0
    assert facts.cores >= 1
    assert facts.pythons[0].engines["onnxruntime"]
    assert facts.pythons[0].numpy


def test_the_interpreter_is_called_as_it_was_found(board, programs):
    assert probe(board).pythons[0].path == f"{programs}/python3"


def test_an_interpreter_that_is_named_comes_first(board, home, programs):
    (home / "venv").mkdir()
    (programs / "python3").rename(home / "venv/python")
    for name in ("~/venv/python", f"{home}/venv/python"):
        assert probe(board, python=name).pythons[0].path == f"{home}/venv/python"


def test_an_interpreter_that_is_named_and_not_there_is_an_error(board):
    with pytest.raises(BadEnvironment, match=r"no Python 3.8 or newer at ~/venv/python; it has"):
        probe(board, python="~/venv/python")


def test_a_board_without_python_is_one_sentence(board, programs):
    (programs / "python3").unlink()
    with pytest.raises(BadEnvironment, match=r"has no Python, which the runtime needs: `sudo apt"):
        probe(board)


def test_a_python_that_is_too_old_is_named(board, programs):
    write_python(programs / "python3", "echo 3 6")
    with pytest.raises(BadEnvironment, match=r"no Python 3.8 or newer.*/python3 is 3.6.*--python"):
        probe(board)


def test_python_2_alone_is_too_old(board, programs):
    (programs / "python3").unlink()
    write_python(programs / "python", "echo 2 7")
    with pytest.raises(BadEnvironment, match=r"is 2\.7"):
        probe(board)


def test_a_newer_python_beside_an_old_one_is_found(board, programs):
    (programs / "python3").rename(programs / "python3.11")
    write_python(programs / "python3", "echo 3 6")
    assert [one.path for one in probe(board).pythons] == [f"{programs}/python3.11"]


def test_android_without_python_says_what_to_do():
    said = b"edgeattn-system Linux aarch64\nedgeattn-android\n"
    with pytest.raises(BadEnvironment, match=r"Android device without Python.*/data/local/tmp"):
        probe(FakeConnection([Completed(0, said)]))


def test_a_greeting_at_login_does_no_harm(home, programs):
    done = board_of(home, programs)

    class Greeting:
        def run(self, command, **options):
            answer = done.run(command, **options)
            return Completed(answer.code, b"Welcome to Pi!\n" + answer.stdout, answer.stderr)

    assert probe(FakeConnection(Greeting())).cores >= 1


def test_a_home_in_a_file_s_place_cannot_be_written(board, home):
    (home / ".edgeattn").write_text("a file")
    assert not probe(board).writable


@pytest.mark.parametrize("folder", ["", "  ", "a\nb", "a\x00b"])
def test_a_folder_that_is_none_is_refused(folder):
    with pytest.raises(BadEnvironment, match="no folder on a board"):
        probe(FakeConnection([]), folder)


@pytest.mark.parametrize(
    ("stdout", "message"),
    [
        (b"", "does not answer like a system with a POSIX shell"),
        (b"edgeattn-system L x\nedgeattn-python {", "something that is no JSON"),
        (b"edgeattn-system L x\nedgeattn-python " + b"[" * 100_000, "no JSON"),
        (b"edgeattn-system L x\nedgeattn-python []", "with a list"),
        (b"edgeattn-system L x\nedgeattn-python {}", "which cannot be"),
    ],
)
def test_nonsense_is_one_sentence(stdout, message):
    with pytest.raises(BadEnvironment, match=message) as fault:
        probe(FakeConnection([Completed(0, stdout)]))
    assert len(str(fault.value)) < 400


PYTHON = {
    "path": "/usr/bin/python3", "version": [3, 11, 2], "bits": 64, "libc": ["glibc", "2.36"],
    "numpy": None, "engines": {}, "has_pip": False, "has_venv": False,
}  # fmt: skip


def test_a_board_that_dies_in_between_is_one_sentence():
    said = f"edgeattn-system L x\nedgeattn-python {json.dumps(PYTHON)}\n".encode()
    with pytest.raises(BadEnvironment, match="cannot say what it is: Killed"):
        probe(FakeConnection([Completed(137, said, b"Killed\n")]))
