"""Whatever a command raises -> one line for the user, and an exit code.

EdgeattnError           its own message and exit code (edgeattn_runtime.errors)
a missing extra         3, with the command that installs it
a full disk, no memory  3
another OSError         3, with the path
KeyboardInterrupt       130, as a shell does
a closed pipe           141, as a shell does, and nothing is printed
anything else           3, and it is our bug
"""

from __future__ import annotations

import errno
import os
import sys
from typing import NamedTuple

EXTRA_OF = {  # the import that failed -> the extra that brings it
    "torch": "train",
    "torch_pruning": "train",
    "PIL": "train",
    "rich": "train",
    "onnx": "onnx",
    "onnx_ir": "onnx",
    "onnxscript": "onnx",
    "onnxruntime": "onnx",
    "ai_edge_litert": "tflite",
    "flatbuffers": "tflite",
    "litert_torch": "litert",
    "jinja2": "report",
}


class Ending(NamedTuple):
    """The last line of a command that failed, and its exit code."""

    line: str
    exit_code: int


def describe(fault: BaseException) -> Ending:
    """Return what to print for `fault`, on one line, and the exit code."""
    from edgeattn_runtime.errors import EdgeattnError  # brings NumPy, which --help does without

    if isinstance(fault, EdgeattnError):
        return Ending(f"Error: {_one_line(fault)}", fault.exit_code)
    if isinstance(fault, KeyboardInterrupt):
        return Ending("Interrupted.", 130)
    if isinstance(fault, BrokenPipeError):
        return Ending("", 141)
    if isinstance(fault, ModuleNotFoundError) and (extra := _extra_for(fault)):
        return Ending(
            f"Error: {fault.name} is not installed; `python -m pip install 'edgeattn[{extra}]'` "
            "adds it, `edgeattn doctor` shows what else is missing",
            3,
        )
    if isinstance(fault, MemoryError):
        return Ending("Error: out of memory; give fewer samples, or close other programs", 3)
    if isinstance(fault, OSError) and fault.errno is not None:
        return Ending(f"Error: {_system_error(fault)}", 3)
    kind = type(fault).__name__
    return Ending(
        f"Error: {kind}: {_one_line(fault) or 'no message'} "
        "(this is a bug in edgeattn; run again with -v and report what it prints)",
        3,
    )


def silence_stdout() -> None:
    """Point stdout at nothing, so that Python's last flush does not meet the closed pipe again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # no real file behind stdout: nothing is left to flush
        return


def _one_line(fault: BaseException) -> str:
    from edgeattn_runtime.displayable import displayable

    return displayable(" ".join(str(fault).split()))


def _extra_for(fault: ModuleNotFoundError) -> str | None:
    return EXTRA_OF.get((fault.name or "").partition(".")[0])


def _system_error(fault: OSError) -> str:
    where = f": {fault.filename}" if fault.filename else ""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{where}; free some space, or give another --out"
    return f"{(fault.strerror or 'the system refused').lower()}{where}"
