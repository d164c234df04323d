"""Wheels -> a folder that Python imports from: engines/KEY, made beside and renamed.

`.whole` in it says how many files and bytes it holds, so that a damaged one is found and replaced.

A wheel is a zip whose content goes to site-packages as it is (PEP 427), but for `NAME.data/purelib`
and `NAME.data/platlib`, which go there without that prefix. So neither pip nor a virtual
environment is needed, and the system's Python stays as it is.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from typing import Any

from edgeattn.deploy.on_board.folder import Refusal, keep, sha256_of, write
from edgeattn.deploy.on_board.release import plain

WHOLE = ".whole"


def unpack(folder: str, engine: dict[str, Any]) -> None:
    """Make engines/KEY out of the wheels in `incoming`; leave it alone where none came."""
    home = os.path.join(folder, "engines")
    place = os.path.join(home, plain(engine["key"]))
    came = [os.path.join(folder, "incoming", plain(one["sha256"])) for one in engine["wheels"]]
    if os.path.isdir(place) and not all(map(os.path.isfile, came)):
        return
    part = os.path.join(home, "." + engine["key"] + ".part")
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    try:
        for wheel in engine["wheels"]:
            path = os.path.join(folder, "incoming", plain(wheel["sha256"]))
            if not os.path.isfile(path) or sha256_of(path) != wheel["sha256"]:
                raise Refusal("damaged", wheel["name"])
            _extract(path, part)
        write(os.path.join(part, WHOLE), json.dumps(_size(part)).encode())
    except BaseException:  # a full disk is given its room back
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(place, ignore_errors=True)  # it was damaged: else no wheels would have come
    os.rename(part, place)
    keep(home)


def _size(place: str) -> dict[str, int]:
    """Return how many files and bytes a folder holds, without what Python compiles for itself."""
    sizes = [
        os.path.getsize(os.path.join(root, name))
        for root, _, names in os.walk(place)
        if os.path.basename(root) != "__pycache__"
        for name in names
    ]
    return {"files": len(sizes), "bytes": sum(sizes)}


def _extract(wheel: str, place: str) -> None:
    """Unpack one wheel; every name stays inside the folder."""
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            name = site_name(entry.filename)
            if name is None or entry.is_dir():
                continue
            target = os.path.join(place, *name.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with archive.open(entry) as source, open(target, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)


def site_name(name: str) -> str | None:
    """Return where an entry of a wheel goes below site-packages; None for scripts and headers.

    >>> site_name("numpy-2.4.6.data/purelib/numpy/x.py"), site_name("x-1.data/scripts/f2py")
    ('numpy/x.py', None)
    """
    parts = name.split("/")
    if "" in parts[:-1] or ".." in parts or "\\" in name or ":" in parts[0]:
        raise Refusal("damaged", f"a wheel with an entry called {name!r}")
    if parts[0].endswith(".data"):
        if len(parts) < 3 or parts[1] not in ("purelib", "platlib"):
            return None
        parts = parts[2:]
    return "/".join(parts)
