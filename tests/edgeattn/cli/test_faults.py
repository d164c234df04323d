import errno

import click
import pytest
from click.testing import CliRunner

from edgeattn.cli import main as main_module
from edgeattn.cli.faults import EXTRA_OF, describe
from edgeattn.cli.main import Entry, main
from edgeattn.cli.voice import Voice, spoken
from edgeattn_runtime.errors import BadUsage, BrokenBundle, CannotConvert, GateFailed


@pytest.mark.parametrize(
    ("fault", "exit_code"),
    [
        (GateFailed("lost 3.2 points"), 1),
        (CannotConvert("no erfinv in TFLite"), 1),
        (BadUsage("threads is 0"), 2),
        (BrokenBundle("manifest.json is missing"), 3),
    ],
)
def test_our_own_error_keeps_its_message_and_its_exit_code(fault, exit_code):
    assert describe(fault) == (f"Error: {fault}", exit_code)


def test_a_message_of_several_lines_becomes_one():
    assert describe(BrokenBundle("first\n   second")).line == "Error: first second"


def test_a_name_in_a_message_cannot_steer_the_terminal():
    assert describe(BrokenBundle("no \x1b[2Jmodel")).line == "Error: no \ufffd[2Jmodel"


@pytest.mark.parametrize(("module", "extra"), EXTRA_OF.items())
def test_a_missing_extra_names_the_command_that_adds_it(module, extra):
    ending = describe(ModuleNotFoundError("no", name=f"{module}.part"))
    assert f"python -m pip install 'edgeattn[{extra}]'" in ending.line
    assert ending.exit_code == 3


def test_a_missing_module_of_our_own_is_our_bug():
    ending = describe(ModuleNotFoundError("No module named 'edgeattn.x'", name="edgeattn.x"))
    assert "this is a bug in edgeattn" in ending.line


def test_a_full_disk_is_said_with_the_path():
    ending = describe(OSError(errno.ENOSPC, "No space left on device", "/out/model.onnx"))
    assert ending.line == (
        "Error: the disk is full: /out/model.onnx; free some space, or give another --out"
    )
    assert ending.exit_code == 3


def test_another_system_error_names_its_path_and_is_no_bug():
    ending = describe(PermissionError(errno.EACCES, "Permission denied", "/somewhere/x"))
    assert ending == ("Error: permission denied: /somewhere/x", 3)


def test_no_memory_is_said():
    assert describe(MemoryError()) == (
        "Error: out of memory; give fewer samples, or close other programs",
        3,
    )


def test_interruption_ends_as_in_a_shell():
    assert describe(KeyboardInterrupt()) == ("Interrupted.", 130)


def test_anything_else_is_our_bug():
    ending = describe(KeyError("scale"))
    assert ending.line.startswith("Error: KeyError: 'scale' (this is a bug in edgeattn")
    assert ending.exit_code == 3


@pytest.fixture
def failing(monkeypatch):
    """Return a function that makes `edgeattn fail` raise what it is given."""

    def prepare(fault):
        @click.command("fail")
        @spoken
        def fail_command(voice: Voice):
            raise fault

        monkeypatch.setitem(
            main_module.COMMANDS, "fail", Entry(f"{__name__}:fail_command", "Fail.")
        )
        module = type(main_module)("failing")
        module.fail_command = fail_command
        monkeypatch.setattr(main_module.importlib, "import_module", lambda name: module)

    return prepare


def test_an_error_is_one_line_on_stderr_without_a_traceback(failing):
    failing(BrokenBundle("golden.npz is missing"))
    result = CliRunner().invoke(main, ["fail", "--json"])
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == "Error: golden.npz is missing\n"


def test_verbose_adds_the_traceback(failing):
    failing(KeyError("scale"))
    result = CliRunner().invoke(main, ["fail", "-v"])
    assert result.exit_code == 3
    assert result.stderr.startswith("Traceback (most recent call last):")
    assert result.stderr.splitlines()[-1].startswith("Error: KeyError: 'scale'")


def test_an_interruption_prints_one_line_even_when_verbose(failing):
    failing(KeyboardInterrupt())
    result = CliRunner().invoke(main, ["fail", "-v"])
    assert result.exit_code == 130
    assert result.stderr == "Interrupted.\n"
