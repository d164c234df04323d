"""Text: which models of the zoo read it."""

from __future__ import annotations

from edgeattn.models.catalog.entry import ZooEntry

TEXT: dict[str, ZooEntry] = {}
