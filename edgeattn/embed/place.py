"""Files -> a folder that is there whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from edgeattn_runtime.errors import BadEnvironment, BadUsage

MARK = ".edgeattn-kit"
"""A file by which a folder is known as a kit: only such a folder is ever replaced."""


def check_free(out: Path, *, force: bool) -> None:
    """Refuse a folder that is taken, before anything is computed.

    Raises:
        BadUsage: It holds something; with `force`: something that is no kit.
    """
    if out.is_symlink():
        raise BadUsage(f"{out} is a link; give --out the folder itself, or another")
    if out.is_file():
        raise BadUsage(f"{out} is a file; give --out a folder")
    if out.is_dir() and out.samefile(Path.cwd()):
        raise BadUsage(f"{out} is the folder you are in; give --out a new one, such as {out}/kit")
    if out.is_dir() and any(out.iterdir()):
        if not force:
            raise BadUsage(f"{out} is not empty; give another --out, or --force to replace a kit")
        if not (out / MARK).is_file():
            raise BadUsage(f"{out} holds no kit, so --force leaves it alone; give another --out")


def place(files: Mapping[str, bytes], out: Path, *, force: bool) -> None:
    """Write a kit.

    Args:
        files: Content by path below the folder.
        out: The folder.
        force: Replace a kit that is there; nothing of it stays.

    Raises:
        BadUsage: The folder holds something; with `force`: something that is no kit.
        BadEnvironment: It cannot be written.
    """
    check_free(out, force=force)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            for name, content in {**files, MARK: b""}.items():
                path = beside / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                if name.endswith(".sh"):
                    path.chmod(0o755)
            beside.chmod(0o755)  # mkdtemp's is for its owner alone
            if out.is_dir():
                shutil.rmtree(out)
            beside.replace(out)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise BadEnvironment(
            f"cannot write {out}: {error.strerror}; free some room, or give another --out"
        ) from error
