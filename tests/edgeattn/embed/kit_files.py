"""A kit that was written, as bytes by path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeattn.embed.embed import embed
from edgeattn_runtime.bundle import open_bundle


def kit_files(target: str, bundle: Path, folder: Path, **choices: Any) -> dict[str, bytes]:
    """Write the kit of a bundle into `folder` and return its files."""
    out = folder / "kit"
    embed(open_bundle(bundle), target, out, **choices)
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
