from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.models.hybrid import Hybrid
from edgeattn.pruning.dependencies import Dependencies, find_dependencies
from tests.edgeattn.pruning.lively import lively

TINY: dict[str, Any] = {
    "classes": 2, "widths": (8, 16, 32), "depth": 2, "heads": 4, "expansion": 2
}  # fmt: skip


@pytest.fixture
def arguments() -> dict[str, Any]:
    return dict(TINY)


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return lively(Hybrid(**TINY))


@pytest.fixture
def example() -> tuple[Tensor, ...]:
    return (torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(2)),)


@pytest.fixture
def x() -> Tensor:
    return torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(3))


@pytest.fixture
def found(model: nn.Module, example: tuple[Tensor, ...]) -> Dependencies:
    return find_dependencies(model, example)


@pytest.fixture
def checkpoint(model: nn.Module, tmp_path: Path) -> Path:
    """A trained-looking tiny model of the zoo, as `edgeattn train` writes one."""
    path = tmp_path / "tiny.pt"
    content = Checkpoint(model, "gesture-hybrid", dict(TINY), (), ("dark", "bright"), None)
    save_checkpoint(content, path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Forty noisy 64x64 images of two classes."""
    y = np.arange(40) % 2
    noise = np.random.default_rng(0).random((40, 3, 64, 64), np.float32)
    x = noise * 0.5 + y[:, None, None, None] * 0.5
    np.savez(tmp_path / "photos.npz", x=x.astype(np.float32), y=y)
    return tmp_path / "photos.npz"
