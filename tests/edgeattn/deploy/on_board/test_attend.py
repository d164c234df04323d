import os
import signal
import subprocess
import sys
import threading
import time

from edgeattn.deploy import connection
from edgeattn.deploy.on_board.attend import GONE, INTERRUPT, attend


def alive(pid):
    """Tell whether a process runs; one that ended and waits to be buried does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_exit_code_is_the_program_s():
    source, sink = os.pipe()
    assert attend(["sh", "-c", "exit 7"], source) == 7
    assert attend(["sh", "-c", "kill -11 $$"], source) == 128 + signal.SIGSEGV
    os.close(sink)


def test_the_program_ends_when_nobody_waits_and_so_do_its_children(tmp_path):
    source, sink = os.pipe()
    script = f"sleep 60 & echo $! > {tmp_path}/child; echo ready > {tmp_path}/ready; wait"

    def leave():
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
        os.close(sink)

    threading.Thread(target=leave, daemon=True).start()
    assert attend(["sh", "-c", script], source) == GONE
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 10
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def test_the_program_does_not_read_the_line():
    source, sink = os.pipe()
    os.write(sink, b"for nobody\n")
    timer = threading.Timer(20, os.close, [sink])
    timer.start()
    assert attend(["sh", "-c", 'test -z "$(cat)"'], source) == 0
    timer.cancel()


def test_an_interruption_that_comes_over_the_line_reaches_the_program(tmp_path):
    source, sink = os.pipe()
    script = f"trap 'exit 5' INT; echo ready > {tmp_path}/ready; while :; do sleep 0.05; done"

    def interrupt():
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
        os.write(sink, INTERRUPT)

    threading.Thread(target=interrupt, daemon=True).start()
    assert attend(["sh", "-c", script], source) == 5
    os.close(sink)


def test_both_ends_of_the_line_spell_an_interruption_alike():
    assert INTERRUPT == connection.INTERRUPT


def test_a_program_heeds_interruptions_though_whoever_started_this_ignores_them():
    code = "import signal; raise SystemExit(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)"
    source, sink = os.pipe()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert attend([sys.executable, "-c", code], source) == 0
    finally:
        signal.signal(signal.SIGINT, before)
    os.close(sink)


def test_it_ends_with_the_program_though_the_line_stays_open(tmp_path):
    code = (
        "from edgeattn.deploy.on_board.attend import main; main(['sh', '-c', 'echo done; exit 4'])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout.read() == b"done\n"
        assert process.wait(20) == 4
