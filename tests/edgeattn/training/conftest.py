from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from edgeattn.data.data import Data
from edgeattn.models.catalog import ZOO, ZooEntry
from edgeattn.models.hybrid import AttentionBlock
from edgeattn.models.log_mel import LogMel
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


class Tokens(nn.Module):
    """A transformer of one block over tokens that `embed` makes of the first input."""

    def __init__(self, embed: nn.Module, classes: int) -> None:
        super().__init__()
        self.embed = embed
        self.blocks = nn.ModuleList(
            [AttentionBlock(8, heads=2, mlp_ratio=1, norm="layer", activation=nn.ReLU)]
        )
        self.classifier = nn.Linear(8, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.classifier(x.mean(1))
        return logits


class Reader(Tokens):
    """Text: ids and a mask."""

    def __init__(self, classes: int) -> None:
        super().__init__(nn.Embedding(20, 8), classes)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        x = self.embed(ids) * mask[:, :, None]
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.classifier(x.mean(1))
        return logits


class Steps(nn.Module):
    """Motion [batch, 6, time] -> a token for every four samples."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(6, 8, 4, 4)

    def forward(self, x: Tensor) -> Tensor:
        tokens: Tensor = self.convolution(x).transpose(1, 2)
        return tokens


BUILD: dict[str, Callable[..., nn.Module]] = {
    "audio": lambda classes: Tokens(nn.Sequential(LogMel(mels=10), nn.Linear(10, 8)), classes),
    "motion": lambda classes: Tokens(Steps(), classes),
    "text": lambda classes: Reader(classes),
}
SHAPES = {"audio": (1, 1024), "motion": (1, 6, 24), "text": (1, 10)}


def toy_data(kind: str, count: int, seed: int = 0) -> Data:
    """Return samples of two classes: high or low, strong or weak, one word or another."""
    draw = np.random.default_rng(seed)
    y = np.arange(count) % 2
    if kind == "audio":
        pitch = np.where(y, 500, 1500)[:, None] * np.arange(1024) / 8000
        x = 0.5 * np.sin(2 * np.pi * (pitch + draw.random((count, 1))))
        return Data({"x": x.astype(np.float32)}, y, ("high", "low"), "tones")
    if kind == "motion":
        x = draw.standard_normal((count, 6, 24)) * np.where(y, 0.2, 1.5)[:, None, None]
        return Data({"x": x.astype(np.float32)}, y, ("strong", "weak"), "motions")
    ids = draw.integers(6, 20, (count, 10)).astype(np.int32)
    ids[:, 0], ids[:, 4] = 2, 4 + y
    return Data({"ids": ids, "mask": np.ones((count, 10), np.float32)}, y, ("a", "b"), "texts")


@pytest.fixture(params=["audio", "motion", "text"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of sample but photos."""
    return str(request.param)


@pytest.fixture
def toy(kind: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Splits]:
    """Put a tiny model of that kind into the zoo; return its name, and data for it."""
    entry = ZooEntry(
        summary="a toy",
        build=BUILD[kind],
        dataset="none",
        preprocessing=(),
        input_shape=SHAPES[kind],
        checkpoint=None,
        accuracy=None,
        params=0,
        macs=0,
    )
    monkeypatch.setitem(ZOO, "toy", entry)
    return "toy", Splits(kind, toy_data(kind, 32), toy_data(kind, 16, 1))


@pytest.fixture
def toy_model(kind: str) -> nn.Module:
    torch.manual_seed(0)
    return BUILD[kind](2)
