from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.peers.catalog import PEERS
from benchmarks.peers.judge import Row
from benchmarks.peers.store import Made
from edgeattn_runtime.latency import RatioInterval

MakeRow = Callable[..., Row]


@pytest.fixture
def make_row(tmp_path: Path) -> MakeRow:
    """Return a function that makes a row of a tool's recipe, by what matters in the test."""

    def make(
        tool: str, recipe: str, ms: float, *, sqnr: float = 40.0, over: float = 1.0, **more: object
    ) -> Row:
        peer = next(peer for peer in PEERS if peer.name == tool)
        chosen = next(one for one in peer.recipes if one.name == recipe)
        path = tmp_path / "file"
        path.write_bytes(bytes(1000))
        made = Made(peer, chosen, path, 1.0)
        speed = RatioInterval(over, over - 0.05, over + 0.05)
        return Row(made, "CPU", (ms,) * 5, speed, speed, sqnr, 1.0, **more)  # type: ignore[arg-type]

    return make
