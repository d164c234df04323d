import importlib
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from edgeattn.cli.main import COMMANDS, main

HEAVY = ("torch", "numpy", "onnx", "onnxruntime", "rich", "jinja2", "PIL", "ai_edge_litert")


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )


def run_edgeattn(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, "-m", "edgeattn", *words],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


def test_help_imports_nothing_heavy():
    done = run_python(
        "import sys\n"
        "from edgeattn.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_imports_nothing_heavy(name):
    done = run_python(
        "import sys\n"
        "from edgeattn.cli.main import main\n"
        f"main([{name!r}, '-h'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_lists_every_command_with_its_line():
    text = CliRunner().invoke(main, ["--help"], terminal_width=100).output
    for name, entry in COMMANDS.items():
        assert f"  {name} " in text
        assert entry.help in text


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_is_the_first_line_of_the_command(name):
    module, attribute = COMMANDS[name].target.split(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_knows_json_and_voice_flags(name):
    text = CliRunner().invoke(main, [name, "-h"]).output
    for flag in ("--json", "-v, --verbose", "-q, --quiet", "-h, --help"):
        assert flag in text


def test_the_version_is_printed():
    result = CliRunner().invoke(main, ["--version"])
    assert result.output == "edgeattn 0.1.0\n"


def test_a_command_that_does_not_exist_gets_a_suggestion_and_exit_2():
    result = CliRunner().invoke(main, ["convrt"])
    assert result.exit_code == 2
    assert "there is no command 'convrt'; did you mean 'convert'?" in result.stderr


def test_a_name_like_no_other_is_sent_to_the_help():
    result = CliRunner().invoke(main, ["xyzzy"])
    assert result.exit_code == 2
    assert "`edgeattn --help` lists them" in result.stderr


def test_an_unknown_flag_is_a_usage_error():
    done = run_edgeattn("doctor", "--no-such-flag")
    assert done.returncode == 2
    assert "--no-such-flag" in done.stderr
    assert done.stdout == ""


def test_a_closed_pipe_ends_quietly():
    code = (
        "import os, sys\n"
        "reader, writer = os.pipe()\n"
        "os.close(reader)\n"
        "os.dup2(writer, 1)\n"
        "from edgeattn.cli.main import main\n"
        "main(['doctor'])"
    )
    done = run_python(code)
    assert done.returncode == 141
    assert done.stderr == ""
