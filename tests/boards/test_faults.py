"""What goes wrong on real boards, done to an emulated one: each a sentence, nothing half-installed.

The last good bundle keeps working through all of it; only what the test broke is repaired by hand.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeattn.deploy.connect import connect
from edgeattn.deploy.deployment import Deployment, deploy
from edgeattn.deploy.remote import run_on
from edgeattn_runtime.bundle import Bundle, open_bundle
from edgeattn_runtime.errors import BadEnvironment
from tests.boards.board import Board
from tests.boards.bundles import board_bundle
from tests.boards.disk import new_key
from tests.boards.journey import edgeattn, started
from tests.boards.models import PI_5

pytestmark = [
    pytest.mark.boards,
    pytest.mark.xdist_group("faults"),
    pytest.mark.parametrize("board", [pytest.param(PI_5, id="pi5")], indirect=True, scope="module"),
]
NOTICE_S = 90  # ssh gives a silent line up after 30 s
SAMPLES = hashlib.shake_256(b"samples").digest(6_000_000)  # they take some seconds to arrive
# For the shell of the board: wait until some of the samples are there; how many kB are free.
COPYING = 'until test -n "$(find /home/pi/.edgeattn/incoming -size +500k)"; do sleep 0.1; done'
FREE = "free=$(df --output=avail -k / | tail -1)"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle(board_bundle())


@pytest.fixture(autouse=True)
def _its_ssh(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", board.ssh.variables()["PATH"])


@pytest.fixture(scope="module")
def deployed(board: Board, bundle: Bundle) -> None:
    """Have one good deploy on the board before anything breaks, run once as deploy's check does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", board.ssh.variables()["PATH"])
        with connect(board.address) as line:
            deploy(bundle, line, engine="tflite")
    assert works(board)


def attempt(board: Board, bundle: Bundle, **more: Any) -> Deployment:
    """Deploy, without the check that follows on the command line."""
    with connect(board.address) as line:
        return deploy(bundle, line, engine="tflite", **more)


def works(board: Board) -> bool:
    """Tell whether the last good bundle still runs on the board."""
    return '"engine"' in board.ssh.must(
        "r=$(echo ~/.edgeattn/bundles/gesture-hybrid); $r/edgeattn run $r --json"
    )


def test_a_board_with_another_host_key_is_refused(
    board: Board, bundle: Bundle, tmp_path: Path
) -> None:
    known = board.ssh.known_hosts.read_text(encoding="utf-8")
    new_key(tmp_path / "other")
    board.ssh.trust((tmp_path / "other.pub").read_text(encoding="utf-8"))
    try:
        ended = edgeattn(board, "deploy", bundle.path, board.address)
    finally:
        board.ssh.known_hosts.write_text(known, encoding="utf-8")
    assert ended.code == 3
    assert "shows another host key than the one that is known" in ended.complaint


def test_a_board_without_python_is_refused(board: Board, bundle: Bundle) -> None:
    with undone(
        board,
        "mkdir /away; mv /usr/bin/python3* /away",
        "mv /away/python3* /usr/bin; rmdir /away",
    ), pytest.raises(BadEnvironment, match="has no Python, which the runtime needs"):  # fmt: skip
        attempt(board, bundle)


@pytest.mark.usefixtures("deployed")
def test_a_full_disk_is_said_before_anything_is_sent(board: Board, bundle: Bundle) -> None:
    with undone(board, f"{FREE}; fallocate -l $((free - 1024))k /filling", "rm /filling"):
        with pytest.raises(BadEnvironment, match=r"has 1\.0 MB free .* free some"):
            attempt(board, bundle, data=SAMPLES)
        assert works(board)


@pytest.mark.usefixtures("deployed")
def test_a_disk_that_fills_up_in_the_middle_of_a_copy_leaves_the_last_bundle_working(
    board: Board, bundle: Bundle
) -> None:
    before = listing(board)

    def fill() -> None:
        board.ssh.must(f"{COPYING}; {FREE}; fallocate -l $((free - 100))k /filling", user="root")

    with undone(board, "true", "rm /filling"):
        with meanwhile(fill), pytest.raises(BadEnvironment, match=r"the disk of .* is full"):
            attempt(board, bundle, data=SAMPLES)
        assert works(board)
    assert listing(board) == before


@pytest.mark.usefixtures("deployed")
def test_a_read_only_home_is_said(board: Board, bundle: Bundle) -> None:
    with undone(board, "mount -o remount,ro /", "mount -o remount,rw /"), pytest.raises(
        BadEnvironment, match="be written"
    ):  # fmt: skip
        attempt(board, bundle, data=b"another")
    assert works(board)


@pytest.mark.usefixtures("deployed")
def test_a_clock_in_1970_is_noticed_and_nothing_fails(board: Board, bundle: Bundle) -> None:
    with undone(board, "date -s @86400", f"date -s @{int(time.time())}"):
        deployment = attempt(board, bundle, data=b"in 1970")
        assert works(board)
    assert deployment.clock_is_wrong
    assert "1970-01-02" in deployment.warnings[0]


@pytest.mark.usefixtures("deployed")
def test_a_cable_pulled_in_the_middle_of_a_copy_is_said_and_the_next_try_goes_on(
    board: Board, bundle: Bundle
) -> None:

    def pull() -> None:
        board.ssh.must(COPYING, user="root")
        board.monitor.set_cable(plugged=False)

    with meanwhile(pull), pytest.raises(BadEnvironment, match=r"the line to .* dropped"):
        attempt(board, bundle, data=SAMPLES)
    board.monitor.set_cable(plugged=True)
    board.wait()
    assert works(board)
    again = attempt(board, bundle, data=SAMPLES)
    assert 0 < again.moved_bytes < len(SAMPLES)


@pytest.mark.usefixtures("deployed")
def test_a_line_that_drops_in_a_benchmark_is_said_and_ends_the_benchmark(
    board: Board, bundle: Bundle
) -> None:
    words = ("--device", board.address, "--engine", "tflite", "--iterations", "100000")
    process = started(board, "bench", bundle.path, *words)
    wait_until(lambda: benching(board))
    # The session's own sshd, and with it the connection, as when a router forgets it.
    board.ssh.must("pkill -KILL -u pi sshd", user="root")
    _, complaint = process.communicate(timeout=NOTICE_S)
    assert process.returncode == 3
    assert re.search("the line to .* dropped", complaint)
    wait_until(lambda: not benching(board))
    assert works(board)


@pytest.mark.usefixtures("deployed")
def test_a_board_that_reboots_in_a_benchmark_is_said_and_keeps_its_bundle(
    board: Board, bundle: Bundle
) -> None:
    def press() -> None:
        wait_until(lambda: benching(board))
        board.monitor.reset()

    with connect(board.address) as line:
        deployment = deploy(bundle, line, engine="tflite")
        with meanwhile(press), pytest.raises(BadEnvironment, match=r"the line to .* dropped"):
            run_on(line, deployment, ["bench", "--iterations", "100000"])
    board.wait()
    assert works(board)
    assert attempt(board, bundle).moved_bytes == 0


def listing(board: Board) -> str:
    """Return what lies in the folder of deploys, releases deep."""
    return board.ssh.must(
        "cd ~/.edgeattn; find bundles releases engines -maxdepth 1; ls -l bundles"
    )


def benching(board: Board) -> bool:
    """Tell whether a benchmark runs on the board."""
    return board.ssh.run("pgrep -f 'edgeattn bench'", user="root").returncode == 0


@contextlib.contextmanager
def undone(board: Board, command: str, undo: str) -> Iterator[None]:
    """Break something as root, and repair it."""
    board.ssh.must(command, user="root")
    try:
        yield
    finally:
        board.ssh.must(undo, user="root")


@contextlib.contextmanager
def meanwhile(task: Callable[[], None]) -> Iterator[None]:
    """Do something in a thread while the block runs; its failure is the test's."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            task()
        except BaseException as failure:  # of whatever kind: shown below
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join()
    if failures:
        raise failures[0]


def wait_until(holds: Callable[[], bool], limit_s: float = 120) -> None:
    """Wait for something on the board."""
    end = time.monotonic() + limit_s
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"it did not happen within {limit_s} s")
        time.sleep(0.2)
