from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from benchmarks.peers.engines.worker import Worker


class Doubled:
    provider = "fake"

    def __init__(self) -> None:
        self.bound: Any = None
        self.runs = 0

    def answer(self, sample: dict[str, Any]) -> Any:
        self.bind(sample)
        return 2 * sample["x"].astype(np.float64)

    def bind(self, sample: dict[str, Any]) -> None:
        self.bound = sample

    def invoke(self) -> None:
        self.runs += 1


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Worker:
    engine = ModuleType("benchmarks.peers.engines.fake")
    opened = Doubled()

    def open_file(path: Path, sample: object) -> Doubled:
        if path.name == "broken":
            raise ValueError("no such operator")
        return opened

    engine.open_file = open_file  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, engine.__name__, engine)
    np.savez(tmp_path / "samples.npz", x=np.arange(6, dtype=np.float32).reshape(3, 2))
    return Worker("fake")


def opening(tmp_path: Path, file: str = "file") -> dict[str, Any]:
    return {
        "do": "open", "file": file, "names": ["x"], "samples": str(tmp_path / "samples.npz"),
    }  # fmt: skip


def test_answers_come_as_float32_one_row_per_sample(worker: Worker, tmp_path: Path) -> None:
    assert worker.reply(opening(tmp_path)) == {"provider": "fake"}
    out = tmp_path / "out.npy"
    assert worker.reply({"do": "answer", "file": "file", "out": str(out)}) == {}
    found = np.load(out)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, 2 * np.arange(6).reshape(3, 2))


def test_every_file_is_timed_on_the_first_sample(worker: Worker, tmp_path: Path) -> None:
    worker.reply(opening(tmp_path))
    worker.reply({"do": "answer", "file": "file", "out": str(tmp_path / "out.npy")})
    opened: Any = worker.opened["file"]
    np.testing.assert_array_equal(opened.bound["x"], [[0.0, 1.0]])


def test_a_turn_warms_up_once_and_returns_what_was_asked(worker: Worker, tmp_path: Path) -> None:
    worker.reply(opening(tmp_path))
    assert len(worker.reply({"do": "time", "file": "file", "runs": 3})["seconds"]) == 3
    opened: Any = worker.opened["file"]
    assert opened.runs == 4


def test_a_refusal_is_an_answer(worker: Worker, tmp_path: Path) -> None:
    assert worker.reply(opening(tmp_path, "broken")) == {"error": "ValueError: no such operator"}
    assert "error" in worker.reply({"do": "time", "file": "broken", "runs": 1})


def test_a_closed_file_is_forgotten(worker: Worker, tmp_path: Path) -> None:
    worker.reply(opening(tmp_path))
    worker.reply({"do": "close", "file": "file"})
    assert not worker.opened
    assert not worker.samples
