"""The zoo: every model by name, a file for each kind of sample.

Nothing here imports PyTorch, so that listing the zoo is quick.
"""

from __future__ import annotations

from edgeattn.models.catalog.audio import AUDIO
from edgeattn.models.catalog.entry import ZooEntry
from edgeattn.models.catalog.motion import MOTION
from edgeattn.models.catalog.text import TEXT
from edgeattn.models.catalog.vision import VISION
from edgeattn_runtime.errors import BadUsage

__all__ = ["ZOO", "ZooEntry", "zoo_entry"]

ZOO: dict[str, ZooEntry] = {**VISION, **AUDIO, **MOTION, **TEXT}


def zoo_entry(name: str) -> ZooEntry:
    """Return the entry of that name, or say which names there are."""
    try:
        return ZOO[name]
    except KeyError:
        raise BadUsage(f"the zoo has no model {name!r}; it has {', '.join(ZOO)}") from None
