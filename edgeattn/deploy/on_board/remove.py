"""Remove a folder of ours, and say how much it held."""

from __future__ import annotations

import os
import shutil
from typing import Any

from edgeattn.deploy.on_board.folder import MARK, Refusal, answer, locked


def remove(folder: str) -> dict[str, Any]:
    """Remove the folder when it bears our mark; one that is not there is no error."""
    if not os.path.lexists(folder):
        return {"removed_bytes": 0}
    if not os.path.isfile(os.path.join(folder, MARK)):
        raise Refusal("foreign", folder)
    with locked(folder):
        size = _bytes(folder)
        # The mark goes last: an interrupted removal can be taken up again.
        for name in sorted(os.listdir(folder), key=lambda name: name == MARK):
            path = os.path.join(folder, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        os.rmdir(folder)
    return {"removed_bytes": size}


def _bytes(folder: str) -> int:
    """Return what the folder's files take, each hard link once."""
    sizes = {}
    for place, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(os.path.join(place, name))
            sizes[found.st_ino] = found.st_size
    return sum(sizes.values())


def main(words: list[str]) -> int:
    """Remove the folder named; answer with one JSON line."""
    return answer(lambda: remove(words[0]))
