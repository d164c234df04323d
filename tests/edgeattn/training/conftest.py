from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeattn.data.data import Data
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.splits import Splits

TINY: dict[str, Any] = {"widths": (4, 4, 8), "local": 0, "depth": 1, "heads": 2, "expansion": 1}


def stripes(count: int, seed: int) -> Data:
    """Return noisy 16x16 images, dark on the left (0) or at the top (1): easy to tell apart."""
    noise = np.random.default_rng(seed).random((count, 3, 16, 16), np.float32)
    y = np.arange(count) % 2
    ramp = np.linspace(0, 1, 16, dtype=np.float32)
    pattern = np.stack([np.tile(ramp, (16, 1)), np.tile(ramp[:, None], (1, 16))])
    return Data({"x": 0.5 * noise + 0.5 * pattern[y][:, None]}, y, ("left", "top"), "stripes")


@pytest.fixture
def splits() -> Splits:
    return Splits("stripes", stripes(48, 0), stripes(24, 1), stripes(30, 2))


@pytest.fixture
def tiny() -> dict[str, Any]:
    """Arguments that make the zoo's model small enough to train in a test."""
    return TINY


@pytest.fixture
def recipe() -> TrainingRecipe:
    return TrainingRecipe(
        epochs=4, batch=8, learning_rate=0.02, warm_up_epochs=1, average=0.8, augmentation=None
    )
