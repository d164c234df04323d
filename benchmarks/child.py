"""Run a program as a child and see how long it takes and how much memory it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("", "converters", "runtime", "devices")


@dataclass(frozen=True)
class Ran:
    """One run of a program.

    Attributes:
        seconds: Wall time from start to end.
        peak_rss_mb: The largest resident memory of it or of one of its children, in 10^6 bytes.
        output: What it printed on stdout.
    """

    seconds: float
    peak_rss_mb: float
    output: str


def run(*words: str) -> Ran:
    """Run this Python with `words` behind it, EdgeAttn on its path; fail when it fails.

    Call it from a small process: Linux counts what the parent had when the child was started.
    """
    paths = os.pathsep.join(str(ROOT / part) for part in SOURCES)
    environment = {**os.environ, "PYTHONPATH": paths}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        before = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, stdout=out, stderr=said, env=environment
        )
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - before
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), said.seek(0)
        if child.returncode:
            words_of_it = said.read().decode(errors="replace").strip().splitlines()[-3:]
            raise RuntimeError(
                f"{' '.join(words[:4])} ended with {child.returncode}: {words_of_it}"
            )
        unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there
        return Ran(seconds, usage.ru_maxrss * unit / 1e6, out.read().decode())
