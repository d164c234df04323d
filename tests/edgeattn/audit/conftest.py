from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeattn.audit.comparison import compare
from edgeattn.audit.material import Material, load_material
from edgeattn.audit.outcome import Audited
from edgeattn.audit.record import Record
from edgeattn.audit.result import Compared, Finished
from edgeattn.audit.verdict import decide
from edgeattn_runtime.context import Context
from edgeattn_runtime.latency import RatioInterval, summarise

Make = Callable[..., Audited]


class Ticking:
    """A clock that moves by one second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def motions(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Strong (0) and weak (1) movements of three channels, easy to tell apart."""
    draw = np.random.default_rng(seed)
    y = np.arange(count) % 2
    x = draw.standard_normal((count, 3, 24)) * np.where(y, 0.2, 1.5)[:, None, None]
    return {"x": x.astype(np.float32), "y": y}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    np.savez(tmp_path / "motions.npz", **motions(80))
    return tmp_path / "motions.npz"


@pytest.fixture
def material(archive: Path) -> Material:
    return load_material(str(archive))


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


INT8: dict[str, Any] = {
    "engine": "ai-edge-litert",
    "file": "model_int8.tflite",
    "recipe": "int8-core",
    "bytes": 100_000,
    "speedup_vs_fp32": 1.5,
    "note": None,
}


@pytest.fixture
def finished() -> Callable[..., Finished]:
    """Make a candidate that gets `right` of 100 test samples right, from the first one on."""

    def make(family: str, right: int = 90, validation: float = 0.9, **changes: Any) -> Finished:
        answers = np.arange(100) < right
        facts = {
            "family": family,
            "macs": 1_000_000,
            "params": 50_000,
            "epochs": 20,
            "train_s": 12.0,
            "validation_accuracy": validation,
            "correct": answers,
            "float_correct": answers,
            "int8": dict(INT8),
            **changes,
        }
        return Finished(**facts)

    return make


@pytest.fixture
def audited(material: Material, finished: Callable[..., Finished], tmp_path: Path) -> Make:
    def make(**plan: Any) -> Audited:
        done = [
            finished("cnn", right=80),
            finished("recurrent", right=70, validation=0.7, int8=None, reason="no <operator>"),
            finished("single-head", right=85, validation=0.8),
            finished("multi-head", right=90, validation=0.8),
            finished("hybrid", right=96, macs=1_050_000),
        ]
        latency = summarise([1.0, 1.1, 1.2, 1.3, 1.4, 1.5])
        compared = tuple(
            Compared(
                one,
                None if one.family == "cnn" else compare(one.correct, done[0].correct),
                None if one.int8 is None else latency,
                None if one.int8 is None else RatioInterval(1.2, 1.1, 1.3),
            )
            for one in done
        )
        record = Record(tmp_path, {}, **{"budget_s": 600.0, "epochs": 20, "spent_s": 500.0, **plan})
        worth = decide(compared[4], compared[0])
        return Audited(material, record, compared, worth, Context(), 1_000_000, 0)

    return make
