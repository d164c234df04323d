"""One line of JSON per epoch, and one for the result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_metrics(lines: list[dict[str, Any]], path: Path) -> None:
    """Write all lines beside the file, then rename: a reader never sees half a line."""
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    unfinished.replace(path)


def read_metrics(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a metrics file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
