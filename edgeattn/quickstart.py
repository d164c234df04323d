"""The main job on the embedded default: shipped checkpoint, real photos, int8, proof."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edgeattn.conversion import Conversion, convert

MODEL = "gesture-hybrid"


def quickstart(
    out: Path, progress: Callable[[str, float], None] | None = None, force: bool = False
) -> Conversion:
    """Convert the gesture model to both formats and prove it on the held-back photos."""
    return convert(MODEL, out=out, progress=progress, force=force)
