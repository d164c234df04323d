import json
import logging
import sys
import warnings

import click
import pytest
from click.testing import CliRunner

from edgeattn.cli import noise
from edgeattn.cli.voice import Voice, spoken


@click.command("speak")
@spoken
def speak_command(voice: Voice) -> None:
    """Say all there is to say."""
    logging.getLogger("edgeattn.part").info("a step")
    logging.getLogger("edgeattn.part").debug("a detail")
    voice.note("a remark")
    voice.result({"answer": 42}, "the answer is 42")


def test_the_result_is_on_stdout_and_the_remark_on_stderr():
    result = CliRunner().invoke(speak_command, [])
    assert result.stdout == "the answer is 42\n"
    assert result.stderr == "a remark\n"


def test_a_label_of_a_stranger_cannot_steer_the_terminal():
    @click.command("speak")
    @spoken
    def command(voice: Voice) -> None:
        voice.note("read \x1b[2Ja.npz")
        voice.result({"label": "\x1b[1Ano"}, "it is a \x1b[1Ano")

    result = CliRunner().invoke(command, [])
    assert (result.stdout, result.stderr) == ("it is a \ufffd[1Ano\n", "read \ufffd[2Ja.npz\n")
    assert json.loads(CliRunner().invoke(command, ["--json"]).stdout)["label"] == "\x1b[1Ano"


def test_json_prints_the_result_alone_with_its_schema():
    result = CliRunner().invoke(speak_command, ["--json"])
    assert json.loads(result.stdout) == {"schema_version": 1, "answer": 42}


def test_a_schema_version_of_the_result_itself_stays():
    @click.command("speak")
    @spoken
    def command(voice: Voice) -> None:
        voice.result({"schema_version": 7}, "")

    assert json.loads(CliRunner().invoke(command, ["--json"]).stdout)["schema_version"] == 7


def test_numbers_that_json_lacks_become_null():
    @click.command("speak")
    @spoken
    def command(voice: Voice) -> None:
        voice.result({"sqnr_db": float("inf"), "rows": [float("nan"), 1.5]}, "")

    read = json.loads(CliRunner().invoke(command, ["--json"]).stdout, parse_constant=pytest.fail)
    assert read == {"schema_version": 1, "sqnr_db": None, "rows": [None, 1.5]}


def test_quiet_leaves_the_result_only():
    result = CliRunner().invoke(speak_command, ["-q"])
    assert (result.stdout, result.stderr) == ("the answer is 42\n", "")


def test_verbose_shows_the_log_and_twice_verbose_its_details():
    once = CliRunner().invoke(speak_command, ["-v"]).stderr
    twice = CliRunner().invoke(speak_command, ["-vv"]).stderr
    assert "a step" in once
    assert "a detail" not in once
    assert "a detail" in twice


def test_verbose_and_quiet_contradict_each_other():
    result = CliRunner().invoke(speak_command, ["-v", "-q"])
    assert result.exit_code == 2
    assert "contradict" in result.stderr


def test_speaking_leaves_the_loggers_as_they_were():
    logger = logging.getLogger("edgeattn")
    before = (logger.level, list(logger.handlers))
    CliRunner().invoke(speak_command, ["-vv"])
    assert (logger.level, list(logger.handlers)) == before


def test_there_is_no_progress_where_nobody_looks():
    with Voice().progress() as report:
        assert report is None


@pytest.mark.parametrize("setting", ["CI", "quiet"])
def test_there_is_no_progress_when_it_is_not_wanted(monkeypatch, setting):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("CI", raising=False)
    if setting == "CI":
        monkeypatch.setenv("CI", "true")
    with Voice(quiet=setting == "quiet").progress() as report:
        assert report is None


def test_there_is_progress_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("CI", raising=False)
    with Voice().progress() as report:
        assert report is not None
        report("calibrating", 0.5)


KNOWN = noise.Noise("the old way is going (soon)", FutureWarning, "for this test")


@pytest.mark.filterwarnings("default:the old way:FutureWarning")
@pytest.mark.parametrize(("verbose", "shown"), [(0, 0), (1, 1)])
def test_a_known_warning_of_a_third_party_is_shown_only_when_asked(monkeypatch, verbose, shown):
    monkeypatch.setattr(noise, "NOISE", (KNOWN,))
    with warnings.catch_warnings(record=True) as heard, Voice(verbose=verbose).listening():
        warnings.warn(KNOWN.message, FutureWarning, stacklevel=1)
    assert len(heard) == shown


@pytest.mark.filterwarnings("default:something new:FutureWarning")
def test_an_unknown_warning_is_shown(monkeypatch):
    monkeypatch.setattr(noise, "NOISE", (KNOWN,))
    with warnings.catch_warnings(record=True) as heard, Voice().listening():
        warnings.warn("something new", FutureWarning, stacklevel=1)
    assert len(heard) == 1
