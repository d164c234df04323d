from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.measuring import Effort
from benchmarks.peers.catalog import EDGEATTN, PEERS
from benchmarks.peers.crew import EngineError
from benchmarks.peers.rounds import checked, measured, runs_in, strides
from benchmarks.peers.source import Source
from benchmarks.peers.store import Made

FEW = Effort("few", rounds=4, warmup=1, turn_ms=8.0, repeats=1)
TOOL = next(peer for peer in PEERS if peer.name == "onnxruntime")
FLOAT, STATIC, DYNAMIC = (
    Made(TOOL, TOOL.recipes[i], Path(TOOL.recipes[i].name), 1.0) for i in (0, 1, 4)
)


class FakeSource(Source):
    def told(self) -> dict[str, Any]:
        return {"inputs": ["x"]}

    def reference(self) -> Any:
        return np.zeros((2, 3), np.float32)


SOURCE = FakeSource("model", Path("model-key"))


class FakeCrew:
    """An engine in which every file takes its own time, and one may kill it."""

    def __init__(self, deadly: str = "", refused: str = "", slow: str = "") -> None:
        self.deadly, self.refused, self.slow = deadly, refused, slow
        self.number = 1
        self.open: set[str] = set()
        self.turns: list[str] = []

    def pid(self, engine: str) -> int:
        return self.number

    def ask(self, engine: str, **request: Any) -> dict[str, Any]:
        file = request["file"]
        if request["do"] == "open":
            if file == self.refused:
                raise EngineError("no such operator")
            self.open.add(file)
            return {"provider": "fake"}
        assert file in self.open, f"{file} was not open"
        if request["do"] == "answer":
            np.save(request["out"], np.zeros((2, 3), np.float32))
        if request["do"] == "time":
            if file == self.deadly and len(self.turns) > 4:
                self.number, self.open = self.number + 1, set()
                raise EngineError("the engine died of SIGSEGV")
            self.turns.append(file)
            return {"seconds": [0.05 if file == self.slow else 0.002] * request["runs"]}
        return {}


def test_every_file_has_one_sample_per_round_in_milliseconds() -> None:
    crew: Any = FakeCrew()
    ran, refused = measured(crew, SOURCE, [FLOAT, STATIC], FEW)
    assert [one.made for one in ran] == [FLOAT, STATIC]
    assert ran[0].ms == pytest.approx((2.0,) * 4)
    assert refused == {}


def test_rounds_rotate() -> None:
    crew: Any = FakeCrew()
    measured(crew, SOURCE, [FLOAT, STATIC], FEW)
    assert crew.turns[2:] == ["static", "float", "float", "static"] * 2 + ["static", "float"]


def test_who_is_far_behind_has_fewest_turns_spread_over_all_rounds() -> None:
    crew: Any = FakeCrew(slow="dynamic")
    effort = Effort("some", rounds=60, warmup=1, turn_ms=8.0, repeats=1)
    ran, _ = measured(crew, SOURCE, [FLOAT, STATIC, DYNAMIC], effort)
    assert [len(one.ms) for one in ran] == [60, 60, 15]
    turns = [place for place, file in enumerate(crew.turns[3:]) if file == "dynamic"]
    gaps = [after - before for before, after in pairwise(turns)]
    assert max(gaps) - min(gaps) <= 4  # every fourth round, at any place within it


def test_the_slower_a_peer_the_fewer_its_rounds() -> None:
    paces = {FLOAT.key: 90.0, STATIC.key: 1.0, DYNAMIC.key: 1.5}
    assert list(strides([FLOAT, STATIC, DYNAMIC], paces, 400).values()) == [1, 1, 1]
    paces[DYNAMIC.key] = 1.6
    assert strides([STATIC, DYNAMIC], paces, 400)[DYNAMIC.key] == 5
    paces[DYNAMIC.key] = 10.1
    assert strides([STATIC, DYNAMIC], paces, 400)[DYNAMIC.key] == 400 // 15


def test_edgeattn_is_in_every_round_and_so_is_its_best_peer_however_slow() -> None:
    ours = Made(EDGEATTN, EDGEATTN.recipes[1], Path("int8"), 1.0)
    assert ours.recipe.engine == STATIC.recipe.engine
    for ours_ms in (0.1, 50.0):
        found = strides([ours, STATIC], {ours.key: ours_ms, STATIC.key: 5.0}, 400)
        assert found == {ours.key: 1, STATIC.key: 1}


def test_an_engine_of_a_peers_own_is_held_against_all_engines() -> None:
    executorch = next(peer for peer in PEERS if peer.name == "executorch")
    slow = Made(executorch, executorch.recipes[1], Path("static.pte"), 1.0)
    alone = strides([slow], {slow.key: 300.0}, 400)
    beside = strides([slow, STATIC], {slow.key: 300.0, STATIC.key: 6.0}, 400)
    assert (alone[slow.key], beside[slow.key]) == (1, 400 // 15)


def test_few_rounds_are_everyones() -> None:
    assert strides([STATIC, DYNAMIC], {STATIC.key: 1.0, DYNAMIC.key: 99.0}, 29)[DYNAMIC.key] == 1


def test_a_refused_file_is_told_and_the_others_run() -> None:
    crew: Any = FakeCrew(refused="static")
    ran, refused = measured(crew, SOURCE, [FLOAT, STATIC, DYNAMIC], FEW)
    assert [one.made for one in ran] == [FLOAT, DYNAMIC]
    assert refused == {STATIC.key: "no such operator"}


def test_a_file_that_kills_its_engine_leaves_and_the_others_are_opened_again() -> None:
    crew: Any = FakeCrew(deadly="static")
    ran, refused = measured(crew, SOURCE, [FLOAT, STATIC, DYNAMIC], FEW)
    assert [len(one.ms) for one in ran] == [4, 4]
    assert refused == {STATIC.key: "the engine died of SIGSEGV"}


def test_answers_that_cannot_be_judged_are_refused() -> None:
    reference = np.zeros((2, 3), np.float32)
    assert checked(np.zeros((2, 1, 3)), reference).shape == (2, 3)
    with pytest.raises(EngineError, match=r"\[2, 4\] in place of \[2, 3\]"):
        checked(np.zeros((2, 4)), reference)
    with pytest.raises(EngineError, match="not finite"):
        checked(np.full((2, 3), np.nan), reference)


def test_a_turn_is_filled_with_runs() -> None:
    assert runs_in(8.0, 3.0) == 3
    assert runs_in(8.0, 50.0) == 1
    assert runs_in(8.0, 0.0) == 20
