"""A user's way to the fused int8 attention on a board: its wheel sent along, and what that changes.

The wheel is kept in a cache of its own, or every other board's deploy would send it as well.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from edgeattn.deploy.wheel_cache import cache_folder
from tests.boards.board import Board
from tests.boards.bundles import board_bundle
from tests.boards.journey import ROUNDS, Ended, edgeattn
from tests.boards.kernels import release_wheel


class FusedJourney:
    """What a user does who wants the library on a board; every step is gone once, and remembered.

    Attributes:
        board: The board.
        bundle: Whose int8 files have a fused core.
    """

    def __init__(self, board: Board, folder: Path) -> None:
        self.board, self.bundle = board, board_bundle("fused")
        self._folder = folder
        self.deploy = cache(self._deploy)
        self.bench = cache(self._bench)

    def _deploy(self, format: str) -> Ended:
        kept = self._folder / "wheels"
        if not kept.is_dir():
            kept.mkdir(parents=True)
            for path in cache_folder().glob("*"):  # engines, which need not come twice
                if not path.name.startswith("edgeattn_kernels"):
                    (kept / path.name).symlink_to(path)
        words = ["deploy", self.bundle, self.board.address, "--engine", format]
        wheel = release_wheel("aarch64")
        return edgeattn(self.board, *words, "--kernels", wheel, cache=self._folder)

    def _bench(self, format: str) -> Ended:
        self.deploy(format)  # with it the wheel comes to the cache that `bench` sends it from
        words = ["bench", self.bundle, "--device", self.board.address, "--engine", format]
        return edgeattn(self.board, *words, *ROUNDS, "--no-memory", cache=self._folder)
