"""The stored instruction ratios, and the command that measures them again.

    python -m tests.boards.ratios      writes ratios.json; say in the commit what changed them

A ratio is instructions of one inference in int8 over those in fp32, same engine, same CPU.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.boards.bundles import board_bundle
from tests.boards.instructions import PRECISIONS, count_inferences
from tests.boards.models import BOARDS
from tests.boards.packages import unpacked, versions
from tests.boards.wheels import ENGINES

STORED = Path(__file__).parent / "ratios.json"
FORMATS = tuple(ENGINES)


def measured() -> dict[str, Any]:
    """Return what belongs into ratios.json."""
    bundle = board_bundle()
    found: dict[str, Any] = {}
    for board in BOARDS:
        for format in FORMATS:
            counts = count_inferences(board, bundle, format)
            fp32, int8 = (counts[precision]["invoke"].total for precision in PRECISIONS)
            found.setdefault(board.name, {})[format] = {
                "fp32": fp32, "int8": int8, "ratio": round(int8 / fp32, 4)
            }  # fmt: skip
    emulator = next(name for name in versions(unpacked("qemu-user")) if name.startswith("qemu"))
    return {
        "header": "instructions of one inference of the gesture hybrid, emulated; "
        "written by python -m tests.boards.ratios",
        "engines": {format: ENGINES[format][0] for format in FORMATS},
        "emulator": emulator,
        "boards": found,
    }


def stored(board: str, format: str) -> float:
    """Return the stored ratio of a board and an engine's format."""
    read = json.loads(STORED.read_text(encoding="utf-8"))
    ratio: float = read["boards"][board][format]["ratio"]
    return ratio


def main() -> None:
    """Measure and write."""
    text = json.dumps(measured(), indent=2) + "\n"
    STORED.write_text(text, encoding="utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
