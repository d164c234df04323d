from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edgeattn.audit import timing
from edgeattn.audit.material import Material
from edgeattn.audit.timing import time_together
from edgeattn_runtime.port import Port


class Session:
    """Stands for an opened file; test_export times real ones."""

    inputs = (Port("x", (1, 3, 24), "float32"),)

    def __init__(self) -> None:
        self.bound: dict[str, Any] = {}
        self.runs = 0

    def bind(self, inputs: dict[str, Any]) -> None:
        self.bound = inputs

    def invoke(self) -> None:
        self.runs += 1


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two files, and the sessions that were opened on them."""
    opened: list[Session] = []

    def open_session(content: bytes, *, threads: int) -> Session:
        assert threads == 1
        opened.append(Session())
        return opened[-1]

    monkeypatch.setattr(timing, "open_session", open_session)
    paths = {name: tmp_path / name for name in ("cnn", "hybrid")}
    for path in paths.values():
        path.write_bytes(b"a model")
    return SimpleNamespace(paths=paths, opened=opened)


def test_all_files_run_in_turn_on_the_same_test_sample(files: Any, material: Material) -> None:
    found = time_together(files.paths, "cnn", material, iterations=4)
    assert list(found) == ["cnn", "hybrid"]
    assert {session.runs for session in files.opened} == {4 + timing.WARMUP}
    first = material.test.x[0][:1].numpy()
    assert all(np.array_equal(session.bound["x"], first) for session in files.opened)
    assert found["hybrid"][0].n == 4


def test_the_reference_takes_once_as_long_as_itself(files: Any, material: Material) -> None:
    found = time_together(files.paths, "cnn", material, iterations=4)
    assert found["cnn"][1] is not None
    assert found["cnn"][1].ratio == 1.0
    assert found["hybrid"][1] is not None


def test_without_a_file_of_the_reference_there_are_no_ratios(
    files: Any, material: Material
) -> None:
    found = time_together(files.paths, "recurrent", material, iterations=4)
    assert [ratio for _, ratio in found.values()] == [None, None]


def test_without_any_file_nothing_is_timed(material: Material) -> None:
    assert time_together({}, "cnn", material) == {}
