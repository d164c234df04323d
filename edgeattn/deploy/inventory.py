"""What lies in a board's folder, as the board said and each file by its real checksum."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn.deploy.fields import absolute_path, clean, items, mapping, plain_name, text
from edgeattn_runtime.errors import BadEnvironment

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A bundle that lies on a board.

    Attributes:
        release: The release's folder name.
        release_id: What it was made of; see `payload`.
        files: The files it should hold, by name, with their sha256.
        whole: Whether every one of them, and the script beside them, is there with its sha256.
        found: sha256 of the files that are as they should be.
        python: The interpreter it was deployed for.
        run_as: The engine or accelerator it was deployed for.
    """

    release: str
    release_id: str
    files: Mapping[str, str]
    whole: bool
    found: frozenset[str]
    python: str
    run_as: str

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Deployed:
        """Return one entry of the inventory."""
        deployed, found = mapping(read, "deployed"), mapping(read, "found")
        files = {str(name): str(digest) for name, digest in mapping(deployed, "files").items()}
        right = {digest for name, digest in files.items() if found.get(name) == digest}
        return cls(
            release=plain_name(read, "release"),
            release_id=text(deployed, "release_id"),
            files=files,
            whole=right == set(files.values()) and deployed.get("script") == read.get("script"),
            found=frozenset(right),
            python=absolute_path(deployed, "python"),
            run_as=text(deployed, "run_as"),
        )


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What lies in the folder on the board.

    Attributes:
        ours: Whether it bears our mark.
        empty: Whether it is empty or absent.
        bundles: Those deployed, by name.
        incoming: sha256, or sha256 + ".part", of what came in and is in no release yet: its bytes.
        engines: Keys of the engines that were unpacked there.
    """

    ours: bool = False
    empty: bool = True
    bundles: Mapping[str, Deployed]
    incoming: Mapping[str, int]
    engines: frozenset[str] = frozenset()

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Inventory:
        """Return the inventory in a probe's answer."""
        incoming = {}
        for name, size in mapping(read, "incoming").items():
            if _DIGEST.fullmatch(name.removesuffix(".part")) and isinstance(size, int):
                incoming[name] = size
        bundles = {}
        for name, one in mapping(read, "bundles").items():
            try:
                bundles[clean(name)] = Deployed.from_json(one)
            except (BadEnvironment, AttributeError):  # not of our making: it will be replaced
                continue
        return cls(
            ours=read.get("ours") is True,
            empty=read.get("empty") is True,
            bundles=bundles,
            incoming=incoming,
            engines=frozenset(clean(str(key)) for key in items(read, "engines", str)),
        )
