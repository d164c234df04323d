from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeattn.audit.material import Material, load_material
from edgeattn.audit.result import Finished


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
