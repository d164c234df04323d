from __future__ import annotations

import os

import pytest

from edgeattn_runtime.quiet import heard_engine, quiet_engine


def test_small_talk_is_dropped_and_the_rest_passed_on(capfd):
    with quiet_engine():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"ERROR: something that matters\n")
    assert capfd.readouterr().err == "ERROR: something that matters\n"


def test_an_exception_tells_the_story_alone(capfd):
    @quiet_engine()
    def fail():
        os.write(2, b"ERROR: the same in other words\n")
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        fail()
    assert capfd.readouterr().err == ""


def test_stderr_works_again_afterwards(capfd):
    with quiet_engine():
        pass
    os.write(2, b"still here\n")
    assert capfd.readouterr().err == "still here\n"


def test_a_process_without_stderr_is_left_alone(monkeypatch):
    def closed(descriptor):
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(os, "dup", closed)
    with quiet_engine():
        reached = True
    assert reached


def test_what_an_engine_says_is_heard_on_both_streams_even_when_it_fails(capfd):
    said: list[bytes] = []

    def fail():
        with heard_engine(said, (1, 2)):
            os.write(1, b"INFO: on stdout, where JSON belongs\n")
            os.write(2, b"Validation error: a shader\n")
            raise RuntimeError("refused")

    with pytest.raises(RuntimeError, match="refused"):
        fail()
    assert said == [b"INFO: on stdout, where JSON belongs\n", b"Validation error: a shader\n"]
    assert capfd.readouterr() == ("", "")
