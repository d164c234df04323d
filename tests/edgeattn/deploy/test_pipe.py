import time

import pytest

from edgeattn.deploy import pipe
from edgeattn.deploy.connection import Traffic
from edgeattn.deploy.pipe import TooLong, exchange


def run(script, stdin=b"", timeout_s=30.0, hold=False, traffic=None):
    words = ["sh", "-c", script]
    traffic = traffic or Traffic()
    return exchange(words, stdin=stdin, timeout_s=timeout_s, hold=hold, traffic=traffic)


def test_input_in_pieces_arrives_in_order():
    assert run("cat", stdin=(bytes([i]) * 70_000 for i in range(3))).stdout == (
        b"\0" * 70_000 + b"\1" * 70_000 + b"\2" * 70_000
    )


def test_bytes_are_counted_in_both_directions():
    traffic = Traffic()
    run("cat; echo no >&2", stdin=b"x" * 1000, traffic=traffic)
    assert (traffic.sent, traffic.received) == (1000, 1003)


def test_a_program_that_does_not_read_its_input_may_end():
    assert run("exit 4", stdin=b"x" * 10_000_000).code == 4


def test_a_signal_is_told_as_a_shell_does():
    assert run("kill -9 $$").code == 137


def test_input_that_is_held_does_not_end_before_the_program():
    assert run("exec 3<&0; (cat <&3; echo ended) & sleep 0.3; kill $!", hold=True).stdout == b""


def test_a_program_that_takes_too_long_is_killed():
    started = time.monotonic()
    with pytest.raises(TooLong, match="no answer within 0 s"):
        run("exec sleep 60", timeout_s=0.2)
    assert time.monotonic() - started < 30


def test_a_program_that_says_too_much_is_killed(monkeypatch):
    monkeypatch.setattr(pipe, "LARGEST_ANSWER_BYTES", 1 << 20)
    with pytest.raises(TooLong, match="more than 1 MB"):
        run("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done")
