"""The folder in which TensorRT keeps built engines: writable, and of one version.

An engine runs only on the TensorRT that built it. A stamp says which one that was, so that a
folder carried over a JetPack upgrade is told apart before hours of building, or a crash.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from edgeattn_runtime.errors import BadEnvironment

STAMP = "tensorrt-version.txt"
LIBRARIES = ("libnvinfer.so", "libnvinfer.so.11", "libnvinfer.so.10", "libnvinfer.so.8")
ENGINES = ("*.engine", "*.profile", "*.timing")


def tensorrt_version(
    load: Callable[[str], ctypes.CDLL] = ctypes.CDLL, names: tuple[str, ...] = LIBRARIES
) -> str | None:
    """Return the version of the TensorRT that the system loads, such as "10.3.0"; None without."""
    for name in names:
        try:
            number = int(load(name).getInferLibVersion())
        except (OSError, AttributeError):
            continue
        return version_text(number)
    return None


def version_text(number: int) -> str:
    """Return "10.3.0" for 100300 and "8.6.2" for 8602: TensorRT 10 gave its majors a digit more.

    Source: NvInferVersion.h, NV_TENSORRT_VERSION.

    >>> version_text(100300), version_text(8602)
    ('10.3.0', '8.6.2')
    """
    step = 10000 if number >= 100000 else 1000
    return f"{number // step}.{number % step // 100}.{number % 100}"


def claim_cache(folder: Path, version: str | None = None) -> None:
    """Make the folder, see that it can be written, and stamp it with TensorRT's version.

    Args:
        folder: Where engines are kept.
        version: Of TensorRT; None asks the library itself.

    Raises:
        BadEnvironment: It cannot be written, or another version filled it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise BadEnvironment(
            f"the engine cache {folder} cannot be written: {error.strerror}; name another folder "
            "with cache=PATH, or leave it out and build anew every time"
        ) from error
    version = tensorrt_version() if version is None else version
    if version is None:  # the provider itself will say that TensorRT is missing
        return
    stamp = folder / STAMP
    found = stamp.read_text(encoding="utf-8").strip() if stamp.is_file() else version
    if found != version and any(any(folder.glob(pattern)) for pattern in ENGINES):
        raise BadEnvironment(
            f"the engines in {folder} were built by TensorRT {found}, this is {version}, which "
            "cannot run them; remove the folder, or name another one with cache=PATH"
        )
    stamp.write_text(f"{version}\n", encoding="utf-8")
