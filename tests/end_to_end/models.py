"""Factories as a user writes them: `models.py:two_inputs`."""

from __future__ import annotations

import torch
from torch import nn


class TwoInputs(nn.Module):
    """A window of a sensor, and what is known of its wearer."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.facts = nn.Linear(6, 32), nn.Linear(4, 32)
        self.attention = nn.MultiheadAttention(32, 2, batch_first=True)
        self.head = nn.Linear(32, 3)

    def forward(self, window, wearer):
        x = self.encode(window).relu()
        x = x + self.attention(x, x, x, need_weights=False)[0]
        return self.head(x.mean(1) + self.facts(wearer))


class Bert(nn.Module):
    """Token ids and a padding mask."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.positions = nn.Embedding(50, 32), nn.Parameter(torch.randn(1, 16, 32))
        layer = nn.TransformerEncoderLayer(32, 2, 64, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.head = nn.Linear(32, 4)

    def forward(self, input_ids, attention_mask):
        x = self.words(input_ids) + self.positions
        x = self.layers(x, src_key_padding_mask=attention_mask == 0)
        return self.head(x[:, 0])


class Plain(nn.Module):
    """Convolutions only."""

    def __init__(self, outputs: int = 10) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1), nn.ReLU()
        )
        self.head = nn.Linear(16, outputs)

    def forward(self, x):
        return self.head(self.layers(x).mean((2, 3)))


class Activation(nn.Module):
    """Nothing that has an int8 kernel."""

    def forward(self, x):
        return nn.functional.softmax(x, -1)


class Dead(nn.Module):
    """A ReLU that never fires, and a Linear of zeros with a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 3)
        nn.init.constant_(self.first.bias, -1e3)
        nn.init.zeros_(self.second.weight)

    def forward(self, x):
        return self.head(self.second(self.first(x).relu()))


class Reluctant(nn.Module):
    """Adds a mask that the caller made: 0 where a token may be seen, -inf where not."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(16, 16) for _ in range(3))
        self.head = nn.Linear(16, 3)

    def forward(self, x, mask):
        scores = self.q(x) @ self.k(x).transpose(1, 2) / 4 + mask[:, None]
        return self.head((scores.softmax(-1) @ self.v(x)).mean(1))


def _made(module: nn.Module, *examples: torch.Tensor) -> object:
    return module.eval() if not examples else (module.eval(), examples)


def two_inputs() -> object:
    torch.manual_seed(0)
    return _made(TwoInputs())


def bert() -> object:
    torch.manual_seed(0)
    return _made(Bert())


def plain() -> object:
    torch.manual_seed(0)
    return _made(Plain(), torch.zeros(1, 3, 64, 64))


def batch_of_4() -> object:
    torch.manual_seed(0)
    return _made(Plain(), torch.zeros(4, 3, 64, 64))


def named() -> object:
    """The classes in another order than the folders'."""
    torch.manual_seed(0)
    module = Plain()
    module.labels = tuple(reversed("0123456789"))
    return _made(module, torch.zeros(1, 3, 64, 64))


def normalising() -> object:
    torch.manual_seed(0)
    module = Plain()
    module.preprocessing = [
        {"step": "resize", "size": [64, 64]},
        {"step": "cast", "dtype": "float32"},
        {"step": "scale", "factor": 1 / 255},
        {"step": "normalize", "mean": [0.5] * 3, "std": [0.25] * 3},
        {"step": "transpose", "axes": [0, 3, 1, 2]},
    ]
    return _made(module, torch.zeros(1, 3, 64, 64))


def regression() -> object:
    torch.manual_seed(0)
    return _made(Plain(1), torch.zeros(1, 3, 64, 64))


def activation() -> object:
    return _made(Activation(), torch.zeros(1, 8))


def dead() -> object:
    torch.manual_seed(0)
    return _made(Dead(), torch.zeros(1, 8))


def reluctant() -> object:
    torch.manual_seed(0)
    return _made(Reluctant())
