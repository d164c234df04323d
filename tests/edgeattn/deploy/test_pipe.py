import os
import signal
import threading
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


@pytest.fixture
def interrupted_when_ready(tmp_path):
    """Interrupt this process, as Ctrl-C does, once the file it yields exists."""
    ready = tmp_path / "ready"

    def interrupt():
        while not ready.exists():
            time.sleep(0.02)
        time.sleep(0.1)  # the byte that comes before it is written by then
        os.kill(os.getpid(), signal.SIGINT)

    # Tests that run as a shell's background job were told to ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=interrupt, daemon=True).start()
    yield ready
    signal.signal(signal.SIGINT, before)


def test_an_interruption_is_sent_on_and_its_answer_returned(interrupted_when_ready):
    script = f"touch {interrupted_when_ready}; head -c 1; exit 1"
    done = run(script, hold=True)
    assert (done.code, done.stdout) == (1, b"\x03")


def test_an_interruption_without_an_answer_goes_on(interrupted_when_ready):
    with pytest.raises(KeyboardInterrupt):
        run(f"touch {interrupted_when_ready}; head -c 1; exit 130", hold=True)


def test_an_interruption_that_nobody_heeds_goes_on_in_the_end(interrupted_when_ready, monkeypatch):
    monkeypatch.setattr(pipe, "GRACE_S", 0.2)
    with pytest.raises(KeyboardInterrupt):
        run(f"touch {interrupted_when_ready}; exec sleep 60", hold=True)


def test_an_interruption_of_what_is_not_held_ends_it(interrupted_when_ready):
    with pytest.raises(KeyboardInterrupt):
        run(f"touch {interrupted_when_ready}; exec sleep 60")


def test_what_is_held_does_not_hear_the_terminal_s_own_interruption():
    assert run("ps -o pgid= -p $$", hold=True).stdout.strip() != str(os.getpgrp()).encode()
