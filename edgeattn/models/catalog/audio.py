"""Sound: which models of the zoo hear it."""

from __future__ import annotations

from edgeattn.models.catalog.entry import ZooEntry

AUDIO: dict[str, ZooEntry] = {}
