"""The optional wheel of edgeattn-kernels for a board: kept here once, then sent with the engine.

    edgeattn deploy BUNDLE ssh://pi@host --kernels edgeattn_kernels-0.1.0-py3-none-...aarch64.whl

It lies in the folder of the engines' wheels. A board gets the newest one that fits it.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

from edgeattn.deploy.board import Interpreter
from edgeattn.deploy.wheel_cache import Wheel, cache_folder, platforms
from edgeattn.deploy.wheels import numbers
from edgeattn_runtime.bundle import sha256_of
from edgeattn_runtime.errors import BadEnvironment, BadInput

# PEP 427: name, version, Python, ABI, platforms. There is no extension module: any Python does.
NAME = re.compile(r"edgeattn_kernels-(?P<version>[0-9.]+)-py3-none-(?P<platforms>[a-z0-9_.]+)\.whl")
LIBRARY = "edgeattn_kernels/libedgeattn_kernels.so"
LARGEST = 4 << 20  # bytes; the library has 0.3 MB


def keep_kernels(path: Path) -> Path:
    """Check a wheel and keep a copy of it for boards; return the copy.

    Raises:
        BadInput: It is no wheel of edgeattn-kernels.
        BadEnvironment: The folder for wheels cannot be written.
    """
    if not path.is_file():
        raise BadInput(f"there is no wheel {path}; `make kernel-wheels` makes it")
    if NAME.fullmatch(path.name) is None:
        raise BadInput(
            f"{path.name} is no wheel of edgeattn-kernels; its name begins with edgeattn_kernels- "
            "and ends with the platform, as pip writes it"
        )
    if path.stat().st_size > LARGEST:
        raise BadInput(f"{path.name} has {path.stat().st_size / 1e6:.1f} MB, a wheel of "
                       f"edgeattn-kernels has less than {LARGEST / 1e6:.1f}")  # fmt: skip
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            damaged = archive.testzip()
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path.name} cannot be read as a wheel: {error}") from error
    if damaged is not None or not any(name.endswith(LIBRARY) for name in names):
        what = f"{damaged} in it is damaged" if damaged else f"{LIBRARY} is not in it"
        raise BadInput(f"{path.name} is no whole wheel of edgeattn-kernels: {what}; make it again")
    kept = cache_folder() / path.name
    try:
        if path.resolve() != kept.resolve():
            kept.parent.mkdir(parents=True, exist_ok=True)
            part = kept.with_name(f".{kept.name}.part")
            shutil.copyfile(path, part)
            part.replace(kept)
        _digest_file(kept).write_text(sha256_of(kept), encoding="ascii")
    except OSError as error:
        raise BadEnvironment(
            f"{path.name} cannot be kept in {kept.parent} ({error.strerror}); EDGEATTN_CACHE names "
            "another folder"
        ) from error
    return kept


def kernels_wheel(python: Interpreter, architecture: str) -> Wheel | None:
    """Return the newest kept wheel that fits an interpreter of a board, or None.

    Args:
        python: The interpreter; without the GNU C library nothing fits.
        architecture: Its architecture: "aarch64", "x86_64".
    """
    fitting = [
        path
        for path in cache_folder().glob("edgeattn_kernels-*.whl")
        if fits(path, python, architecture) and _whole(path)
    ]
    if not fitting:
        return None
    path = max(fitting, key=lambda one: (numbers(one.name.split("-")[1]), one.name))
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    return Wheel(path, sha256_of(path), path.stat().st_size, unpacked)


def fits(path: Path, python: Interpreter, architecture: str) -> bool:
    """Return whether a kept wheel is for an interpreter of a board."""
    found = NAME.fullmatch(path.name)
    if found is None or python.glibc is None:
        return False
    tags = {*platforms(python.glibc, architecture), f"linux_{architecture}"}
    return bool(tags & set(found["platforms"].split(".")))


def _whole(path: Path) -> bool:
    digest = _digest_file(path)
    return digest.is_file() and digest.read_text(encoding="ascii").strip() == sha256_of(path)


def _digest_file(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")
