"""Files -> a release: a folder that is whole before anybody sees it, and a link that flips to it.

    releases/NAME-ID-N/     the bundle's files, edgeattn.pyz, the script `edgeattn`, deployed.json
    bundles/NAME            -> ../releases/NAME-ID-N

The flip is one rename, so the link always leads to a whole release: the last good one or the new.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from typing import Any

from edgeattn.deploy.on_board.folder import Refusal, keep, sha256_of, write

SCRIPT = """#!/bin/sh
# check, bench, run or info on this board: ./edgeattn info .
here=$(dirname "$(readlink -f "$0")")
{path}ORT_DISABLE_TELEMETRY=1 exec {python} "$here/edgeattn.pyz" "$@"
"""

PART = ".part"  # the release that is being made


def plain(name: str) -> str:
    """Return a name that is one plain component of a path; refuse any other."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", name):
        raise Refusal("garbled", f"a file called {name!r}")
    return name


def make(folder: str, header: dict[str, Any]) -> str:
    """Make the release that the header describes, flip the link to it, and return its folder.

    What nothing needs any more is removed; the release before stays, a run of it may go on.
    """
    releases, links = os.path.join(folder, "releases"), os.path.join(folder, "bundles")
    os.makedirs(links, exist_ok=True)
    part = os.path.join(releases, PART)
    shutil.rmtree(part, ignore_errors=True)
    os.makedirs(part)
    for name, digest in header["files"].items():
        _place(folder, digest, os.path.join(part, plain(name)))
    script = os.path.join(part, "edgeattn")
    write(script, _script(header).encode())
    os.chmod(script, 0o755)
    link = os.path.join(links, plain(header["name"]))
    before = os.path.basename(os.path.realpath(link))
    deployed = {
        **header["deployed"],
        "script": sha256_of(script),
        "link": header["name"],
        "before": before if os.path.lexists(link) else None,
    }
    write(os.path.join(part, "deployed.json"), json.dumps(deployed).encode() + b"\n")
    keep(part)
    place = _unused(os.path.join(releases, plain(f"{header['name']}-{header['release']}")))
    os.rename(part, place)
    keep(releases)
    _flip(link, os.path.basename(place))
    _prune(folder, before)
    return place


def step_back(place: str) -> str | None:
    """Flip the link from the release at `place` to the one before it; return that one's name.

    None, and nothing done, where there is none before or the link leads elsewhere by now.
    """
    folder = os.path.dirname(os.path.dirname(place))
    try:
        with open(os.path.join(place, "deployed.json"), encoding="utf-8") as file:
            deployed = json.load(file)
        link = os.path.join(folder, "bundles", plain(deployed["link"]))
        before = plain(deployed["before"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    there = os.path.isdir(os.path.join(folder, "releases", before))
    if not there or os.path.realpath(link) != os.path.realpath(place):
        return None
    _flip(link, before)
    return before


def _flip(link: str, release: str) -> None:
    """Let the link lead to a release, in one rename."""
    links = os.path.dirname(link)
    beside = os.path.join(links, ".link")
    if os.path.lexists(beside):
        os.unlink(beside)
    os.symlink(os.path.join("..", "releases", release), beside)
    os.replace(beside, link)
    keep(links)


def _prune(folder: str, before: str) -> None:
    releases, links = os.path.join(folder, "releases"), os.path.join(folder, "bundles")
    kept = {os.path.basename(os.path.realpath(os.path.join(links, n))) for n in os.listdir(links)}
    kept.add(before)
    for one in os.listdir(releases):
        if one not in kept:
            shutil.rmtree(os.path.join(releases, one), ignore_errors=True)
    engines = os.path.join(folder, "engines")
    needed = {_engine_of(os.path.join(releases, one)) for one in kept}
    for one in os.listdir(engines) if os.path.isdir(engines) else ():
        if one not in needed:
            shutil.rmtree(os.path.join(engines, one), ignore_errors=True)
    shutil.rmtree(os.path.join(folder, "incoming"), ignore_errors=True)


def _place(folder: str, digest: str, target: str) -> None:
    """Put the content with this checksum at `target`: by a hard link, or a copy."""
    incoming = os.path.join(folder, "incoming", plain(digest))
    for path in (incoming, *_released(folder, digest)):
        if not os.path.isfile(path) or sha256_of(path) != digest:
            continue
        try:
            os.link(path, target)
        except OSError:  # Android and some file systems have no hard links
            shutil.copyfile(path, target)
        return
    raise Refusal("damaged", f"{os.path.basename(target)} is not there")


def _released(folder: str, digest: str) -> list[str]:
    """Return where older releases say they have the content."""
    releases = os.path.join(folder, "releases")
    found = []
    for one in os.listdir(releases):
        try:
            with open(os.path.join(releases, one, "deployed.json"), encoding="utf-8") as file:
                files = json.load(file)["files"]
            found += [
                os.path.join(releases, one, plain(n)) for n, d in files.items() if d == digest
            ]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, Refusal):
            continue
    return found


def _engine_of(place: str) -> str | None:
    try:
        with open(os.path.join(place, "deployed.json"), encoding="utf-8") as file:
            key: str | None = json.load(file)["engine_key"]
            return key
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _script(header: dict[str, Any]) -> str:
    path = ""
    if header["engine"] is not None:
        path = f'PYTHONPATH="$here/../../engines/{plain(header["engine"]["key"])}" '
    return SCRIPT.format(path=path, python=shlex.quote(header["python"]))


def _unused(place: str) -> str:
    """Return the first of place-1, place-2, ... that is not there."""
    number = 1
    while os.path.lexists(f"{place}-{number}"):
        number += 1
    return f"{place}-{number}"
