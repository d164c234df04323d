"""Why something could not be done, in one line for a table: no path, no page of traceback."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

LONGEST = 140


def first_line(error: BaseException) -> str:
    """Return an error's first telling line.

    >>> first_line(ValueError("no shape"))
    'ValueError: no shape'
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return clean(f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__)


def of_process(error: Exception) -> str:
    """Return why a child process did not end well."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"took longer than {error.timeout:.0f} s"
    if isinstance(error, subprocess.CalledProcessError):
        said = [line for line in (error.stderr or "").splitlines() if line.strip()]
        return clean(f"{ending(error.returncode)}: {said[-1].strip() if said else 'no word'}")
    if isinstance(error, OSError):
        return f"{type(error).__name__}, {error.strerror}"
    return first_line(error)


def ending(code: int) -> str:
    """Return how a process ended.

    >>> ending(-11), ending(1)
    ('died of SIGSEGV', 'ended with 1')
    """
    return f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def clean(text: str) -> str:
    """Return text for one cell: file names without their folders, no addresses, not too long.

    >>> clean("cannot open /a/b/c.onnx | see https://example.org/x")
    'cannot open c.onnx / see (address)'
    """
    text = re.sub(r"\{\{.*?\}\}\s*", "", text)  # TensorFlow's nodes, longer than what went wrong
    text = re.sub(r"\w+://\S+", "(address)", text)
    text = re.sub(r"(?<![\w.])/[\w./+-]+", lambda found: Path(found.group()).name, text)
    text = re.sub(r"\x1b\[[\d;]*m", "", text).replace("|", "/")
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
