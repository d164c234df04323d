"""Sensors of motion: which models of the zoo read them."""

from __future__ import annotations

from edgeattn.models.catalog.entry import ZooEntry

MOTION: dict[str, ZooEntry] = {}
