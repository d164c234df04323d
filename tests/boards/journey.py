"""The way of a user: `edgeattn` deploy, check and bench, called for a running board."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.boards.board import Board
from tests.boards.bundles import board_bundle

ROOT = Path(__file__).parents[2]
COMMAND_S = 900  # seconds on a quiet machine are minutes on a busy one
MEMORY_OF = "tflite"  # a child for every file takes its time: one engine's is measured
ROUNDS = ("--warmup", "1", "--iterations", "5")  # counts repeat: five say as much as a thousand


@dataclass(frozen=True)
class Ended:
    """A command that ended.

    Attributes:
        code: Its exit code.
        result: What --json printed; empty when it printed nothing.
        complaint: What it wrote on stderr.
    """

    code: int
    result: dict[str, Any]
    complaint: str


def edgeattn(board: Board, *words: str | Path, cache: Path | None = None) -> Ended:
    """Run `edgeattn` with --json, its ssh being that of the board; `cache` keeps its wheels."""
    process = started(board, *words, cache=cache)
    out, complaint = process.communicate(timeout=COMMAND_S)
    return Ended(process.returncode, json.loads(out) if out.strip() else {}, complaint)


def started(board: Board, *words: str | Path, cache: Path | None = None) -> subprocess.Popen[str]:
    """Start `edgeattn` and return at once."""
    paths = [ROOT, *(ROOT / name for name in ("runtime", "converters", "devices"))]
    variables = {**board.ssh.variables(), "PYTHONPATH": os.pathsep.join(map(str, paths))}
    if cache is not None:
        variables["EDGEATTN_CACHE"] = str(cache)
    return subprocess.Popen(
        [sys.executable, "-m", "edgeattn", *words, "--json"],
        env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


class Journey:
    """What a user does with a new board; every step is gone once, and remembered.

    Attributes:
        board: The board.
        bundle: The bundle.
    """

    def __init__(self, board: Board) -> None:
        self.board, self.bundle = board, board_bundle()
        self.deploy = cache(self._deploy)
        self.bench = cache(self._bench)

    def _deploy(self, format: str) -> Ended:
        return edgeattn(
            self.board, "deploy", self.bundle, self.board.address, "--engine", format
        )  # fmt: skip

    def _bench(self, format: str) -> Ended:
        words = ["--device", self.board.address, "--engine", format, *ROUNDS]
        if format != MEMORY_OF:
            words.append("--no-memory")
        return edgeattn(self.board, "bench", self.bundle, *words)
