"""A model file that is there, is a file, and has a size one can work with."""

from __future__ import annotations

from pathlib import Path

from edgeattn_runtime.errors import BrokenModel

BYTES_LIMIT = 4 * 2**30


def checked_file(path: Path) -> Path:
    """Return `path`, or say what is wrong with it before anything opens it."""
    if not path.exists():
        near = sorted(file.name for file in path.parent.glob(f"*{path.suffix}"))[:5]
        beside = f"; beside it lie {', '.join(near)}" if near else "; check the path"
        raise BrokenModel(f"{path} does not exist{beside}")
    if not path.is_file():
        raise BrokenModel(f"{path} is no file; hand in the {path.suffix or 'model'} file itself")
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise BrokenModel(f"{path} cannot be read: {error.strerror}") from error
    if not first:
        raise BrokenModel(f"{path.name} is empty; export or copy it again")
    size = path.stat().st_size
    if size > BYTES_LIMIT:
        raise BrokenModel(
            f"{path.name} has {size / 2**30:.1f} GiB, more than {BYTES_LIMIT / 2**30:.0f}; such a "
            "model fits no edge device"
        )
    return path
