"""Reports and faults as a board may give them; real ones come in test_deployment.py."""

import json
from types import SimpleNamespace

import pytest

from edgeattn.deploy.connection import Completed
from edgeattn.deploy.fake import FakeConnection
from edgeattn.deploy.remote import ENDED_BY, prove_on, run_on
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.machine import Context
from edgeattn_runtime.report import Candidate, ModelFacts, Report, Verdict
from tests.edgeattn.deploy.facts import python

REPORT = Report(
    model=ModelFacts("tiny"),
    context=Context(machine="Raspberry Pi 4"),
    candidates=(Candidate("onnxruntime", "int8", file="model_int8.onnx"),),
    verdict=Verdict(None, True, "as measured"),
    created="1970-01-01T00:00:12+00:00",
).to_json()


def run(done, clock_is_wrong=False, words=("bench",), run_as="onnxruntime"):
    line = FakeConnection([done], name="pi@board")
    return run_on(line, deployment(clock_is_wrong, run_as), words), line


def prove(done, is_new=True):
    line = FakeConnection([done], name="pi@board")
    return prove_on(line, deployment(is_new=is_new), ["--max-drop", "1"]), line


def deployment(clock_is_wrong=False, run_as="onnxruntime", is_new=True):
    return SimpleNamespace(
        choice=SimpleNamespace(python=python(), run_as=run_as),
        release="/home/pi/.edgeattn/releases/tiny-1",
        clock_is_wrong=clock_is_wrong,
        is_new=is_new,
    )


def failing():
    return {**REPORT, "verdict": {**REPORT["verdict"], "passed": False}}


def test_the_board_s_report_is_the_result():
    report, line = run(Completed(0, json.dumps(REPORT).encode()))
    assert report.to_json() == REPORT
    assert line.commands[0].endswith(
        "/releases/tiny-1/edgeattn bench /home/pi/.edgeattn/releases/tiny-1 "
        "--json --quiet --engine onnxruntime"
    )


def test_a_failed_gate_is_a_report_too():
    report, _ = run(Completed(1, json.dumps(failing()).encode()))
    assert not report.verdict.passed


def test_a_failed_gate_that_ended_well_is_not_believed():
    with pytest.raises(BadEnvironment, match="failed gate but ended well"):
        run(Completed(0, json.dumps(failing()).encode()))


def test_a_board_whose_clock_is_wrong_gets_its_report_dated_here():
    report, _ = run(Completed(0, json.dumps(REPORT).encode()), clock_is_wrong=True)
    assert report.created > "2026"


def test_what_could_steer_a_terminal_is_taken_out():
    hostile = {**REPORT, "model": {"name": "ti\x1b]0;x\x07ny"}}
    report, _ = run(Completed(0, json.dumps(hostile).encode()))
    assert report.model.name == "ti]0;xny"


@pytest.mark.parametrize(
    ("stdout", "message"),
    [
        (b"no json", "gave no report that can be read"),
        (b"[]", "gave no report that can be read"),
        (b"[" * 100_000, "gave no report that can be read"),
        (b'{"schema_version": 99}', "cannot be used: this report has schema_version 99"),
        (b'{"schema_version": 1}', "cannot be used: this is no report.json"),
    ],
)
def test_a_report_that_is_none_is_one_sentence(stdout, message):
    with pytest.raises(BadEnvironment, match=message):
        run(Completed(0, stdout))


def test_a_fault_on_the_board_keeps_its_sentence():
    done = Completed(3, b"", b"error: golden.npz is missing; copy the bundle again\n")
    with pytest.raises(BadEnvironment, match=r"on pi@board: golden\.npz is missing; copy"):
        run(done)


def test_an_accelerator_that_is_not_there_names_the_way_back():
    done = Completed(3, b"", b"error: no GPU here\n")
    with pytest.raises(BadEnvironment, match="no GPU here; `--engine auto` takes the CPU"):
        run(done, run_as="webgpu")


def test_a_flag_that_the_runtime_does_not_know_is_what_was_typed():
    done = Completed(2, b"", b"usage: x\nedgeattn-runtime bench: error: argument --cores: no\n")
    with pytest.raises(BadUsage, match="does not take that: argument --cores: no"):
        run(done)


@pytest.mark.parametrize("code", ENDED_BY)
def test_an_engine_that_crashes_is_one_sentence(code):
    with pytest.raises(BadEnvironment, match="bench on pi@board was ended by"):
        run(Completed(code))


@pytest.mark.parametrize("code", [1, 126, 127])
def test_any_other_end_without_a_report_is_one_sentence(code):
    with pytest.raises(BadEnvironment, match=f"ended with exit code {code}: not found"):
        run(Completed(code, b"", b"not found\n"))


def test_a_new_release_that_fails_names_the_one_in_use_again():
    done = Completed(1, json.dumps(failing()).encode(), b"edgeattn: in use again: tiny-0-1\n")
    (report, back), line = prove(done)
    assert not report.verdict.passed
    assert back == "tiny-0-1"
    assert "prove" in line.commands[0]


def test_a_new_release_that_cannot_be_checked_names_it_too():
    done = Completed(3, b"", b"error: no engine\nedgeattn: in use again: tiny-0-1\n")
    with pytest.raises(BadEnvironment, match="no engine; tiny-0-1 is in use again"):
        prove(done)


def test_a_release_that_holds_or_was_in_use_already_stays():
    for is_new in (True, False):
        (report, back), line = prove(Completed(0, json.dumps(REPORT).encode()), is_new)
        assert report.verdict.passed
        assert back is None
        assert ("on_board.prove" in line.commands[0]) == is_new
