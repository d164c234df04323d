"""Boards as their probes describe them."""

from __future__ import annotations

from typing import Any

from edgeattn.deploy.board import BoardFacts, Interpreter, Inventory

NOTHING = Inventory(bundles={}, incoming={})


def python(version: tuple[int, ...] = (3, 11, 2), **changes: Any) -> Interpreter:
    """A Python of Raspberry Pi OS 12."""
    return Interpreter(
        **{
            "path": "/usr/bin/python3",
            "version": version,
            "glibc": (2, 36),
            "engines": {},
            **changes,
        }
    )


def board(*pythons: Interpreter, **changes: Any) -> BoardFacts:
    """A Raspberry Pi 4."""
    return BoardFacts(
        **{
            "model": "Raspberry Pi 4 Model B Rev 1.4",
            "machine": "aarch64",
            "system": "Linux 6.12",
            "cores": 4,
            "clock": 1.8e9,
            "folder": "/home/pi/.edgeattn",
            "writable": True,
            "free_bytes": 10_000_000_000,
            "inventory": NOTHING,
            "pythons": pythons or (python(),),
            **changes,
        }
    )
