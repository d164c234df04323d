"""The library edgeattn-kernels as TensorFlow Lite's external delegate: it claims attention cores.

It is told to the interpreter first; XNNPACK, which the engine applies by itself, gets what is left.
The file is a standard one: without the library the engine computes the same operators in float.
"""

from __future__ import annotations

import ctypes
import sys
from dataclasses import dataclass
from typing import Any

from edgeattn_runtime.kernels import Kernels, installed_kernels


@dataclass(frozen=True)
class Opened:
    """An interpreter with its tensors allocated.

    Attributes:
        interpreter: The engine's.
        kernels: The library, where it computes something.
        cores: How many attention cores it computes.
    """

    interpreter: Any
    kernels: Kernels | None = None
    cores: int = 0


def open_interpreter(interpreter_class: Any, arguments: dict[str, Any]) -> Opened:
    """Open a file, with the library where it is at hand.

    Args:
        interpreter_class: Of the engine.
        arguments: What it takes.

    Raises:
        ValueError, RuntimeError: The engine cannot open it.
    """
    kernels = installed_kernels()
    opened = None if kernels is None else _with(kernels, interpreter_class, arguments)
    if opened is not None:
        return opened
    interpreter = interpreter_class(**arguments)
    interpreter.allocate_tensors()
    return Opened(interpreter)


def _with(kernels: Kernels, interpreter_class: Any, arguments: dict[str, Any]) -> Opened | None:
    """Return None where the engine refuses: the library, or one for sizes that may still change."""
    try:
        count = ctypes.CDLL(str(kernels.path)).edgeattn_tflite_cores
        count.argtypes, count.restype = [ctypes.c_void_p], ctypes.c_int32
        delegate = sys.modules[interpreter_class.__module__].load_delegate(str(kernels.path))
        interpreter = interpreter_class(**arguments, experimental_delegates=[delegate])
        interpreter.allocate_tensors()
        cores = int(count(delegate._get_native_delegate_pointer()))
    except (ValueError, RuntimeError, OSError, AttributeError, TypeError):
        return None
    return Opened(interpreter, kernels if cores else None, cores)
