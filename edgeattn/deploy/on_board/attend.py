"""Run a program as long as somebody waits for it: the end of stdin ends it and its children.

A benchmark that went on after its line dropped would disturb the next one for minutes. Ctrl-C at
the other end arrives as a byte and becomes a SIGINT here: what was measured is still reported.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

GONE = 129  # 128 + SIGHUP
INTERRUPT = b"\x03"  # as edgeattn.deploy.connection has it; this file runs alone on the board


def attend(words: list[str], source: int = 0) -> int:
    """Run `words`; return the exit code, 128 + n for a signal, `GONE` when nobody waits."""
    child = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_heed_interruption,  # no thread runs yet
    )
    left = threading.Event()

    def wait_for_the_end() -> None:
        while said := os.read(source, 1 << 12):
            if INTERRUPT in said:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGINT)
        left.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    code = child.wait()
    if left.is_set():
        return GONE
    return 128 - code if code < 0 else code


def _heed_interruption() -> None:
    """Undo an ignored SIGINT, which is inherited and would leave Python deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main(words: list[str]) -> int:
    """Run the program named."""
    code = attend(words)
    sys.stdout.flush()
    os._exit(code)  # the thread that reads stdin would keep the interpreter waiting
