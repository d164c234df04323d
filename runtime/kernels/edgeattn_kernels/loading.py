"""Find the shared library, load it once, and refuse one of another interface."""

from __future__ import annotations

import ctypes
import itertools
import os
import sys
from functools import lru_cache
from pathlib import Path

from edgeattn_kernels.refusal import Refused

BAD_ENVIRONMENT = 13  # an edgeattn_status of the header
ABI = 1  # EDGEATTN_KERNELS_ABI of the header that attention.py mirrors

_NAMES = {"win32": "edgeattn_kernels.dll", "darwin": "libedgeattn_kernels.dylib"}
_NAME = _NAMES.get(sys.platform, "libedgeattn_kernels.so")


class NoKernels(ImportError):  # noqa: N818 - it states the fault, as the names in edgeattn do
    """The shared library is missing, cannot be loaded, or is of another version."""


def library() -> Path:
    """Return the path of the shared library beside this package.

    Raises:
        NoKernels: It was not built.
    """
    for folder in _folders():
        path = Path(folder) / _NAME
        if path.is_file():
            return path
    raise NoKernels(
        f"{_NAME} is not beside edgeattn_kernels; build it with a C++ compiler: "
        "pip install ./runtime/kernels"
    )


def _folders() -> list[str]:
    # An editable install keeps sources and built files in two folders; both are on the path.
    import edgeattn_kernels

    return [str(folder) for folder in edgeattn_kernels.__path__]


@lru_cache(maxsize=8)
def loaded(path: str = "") -> ctypes.CDLL:
    """Load the library (the package's own without `path`) and check its interface's number.

    Raises:
        NoKernels: It cannot be loaded or speaks another interface.
    """
    path = path or str(library())
    try:
        found = ctypes.CDLL(path)
        found.edgeattn_kernels_version.restype = ctypes.c_char_p
        found.edgeattn_instruction_set.restype = ctypes.c_char_p
        found.edgeattn_offered_instruction_set.restype = ctypes.c_char_p
        found.edgeattn_status_text.restype = ctypes.c_char_p
        found.edgeattn_attend.argtypes = [ctypes.c_void_p]
        found.edgeattn_choose_instruction_set.argtypes = [ctypes.c_char_p]
        abi = int(found.edgeattn_kernels_abi())
    except (OSError, AttributeError) as error:
        raise NoKernels(f"{path} cannot be loaded as edgeattn-kernels: {error}") from error
    if abi != ABI:
        name = found.edgeattn_kernels_version().decode()
        raise NoKernels(
            f"{path} is edgeattn-kernels {name} with interface {abi}, this package needs {ABI}; "
            "install library and package of one version"
        )
    return found


def version() -> str:
    """Return the library's version, for example "0.1.0"."""
    return str(loaded().edgeattn_kernels_version().decode())


def instruction_set() -> str:
    """Return the name of the instruction set that computes, for example "avx512-vbmi".

    Raises:
        Refused: EDGEATTN_KERNELS asks for one that does not exist or that this CPU lacks.
    """
    name = loaded().edgeattn_instruction_set()
    if name is None:
        wish, here = os.environ.get("EDGEATTN_KERNELS", ""), ", ".join(offered())
        text = f"{status_text(BAD_ENVIRONMENT)}; it is {wish!r}, and this CPU has {here}"
        raise Refused(BAD_ENVIRONMENT, text)
    return str(name.decode())


def offered() -> tuple[str, ...]:
    """Return the instruction sets that this CPU has, best first."""
    names = map(loaded().edgeattn_offered_instruction_set, itertools.count())
    return tuple(name.decode() for name in itertools.takewhile(bool, names))


def choose_instruction_set(name: str) -> None:
    """Compute with `name` from now on, in this process.

    Raises:
        Refused: The library does not know the name, or the CPU lacks it.
    """
    status = int(loaded().edgeattn_choose_instruction_set(name.encode()))
    if status:
        raise Refused(status, status_text(status))


def status_text(status: int) -> str:
    """Return the library's sentence for a status."""
    return str(loaded().edgeattn_status_text(status).decode())
