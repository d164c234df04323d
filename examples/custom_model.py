"""A model of your own: convolutions, then attention over 64 tokens.

    edgeattn convert examples/custom_model.py:build --calib DIR --eval DIR --out my-bundle

Nothing here knows of edgeattn. What it needs is a function without arguments, here `build`,
that returns an `nn.Module`, or the module and example inputs.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

WEIGHTS = Path(__file__).with_name("custom_model.pt")


class Attention(nn.Module):
    """Multi-head self-attention."""

    def __init__(self, width: int, heads: int) -> None:
        """Share `width` among `heads`."""
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[batch, tokens, width] -> [batch, tokens, width]."""
        q, k, v = self.qkv(x).chunk(3, dim=-1)  # 3 times [batch, tokens, width]
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in (q, k, v))
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)  # [batch, heads, tokens, ...]
        return self.out(mixed.transpose(1, 2).flatten(2))


class Block(nn.Module):
    """Attention, then a small perceptron; each adds to what came in."""

    def __init__(self, width: int, heads: int) -> None:
        """Widen the perceptron to twice `width`."""
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[batch, tokens, width] -> [batch, tokens, width]."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class CustomModel(nn.Module):
    """Three strided convolutions turn a photo into 8x8 tokens; two blocks let them talk."""

    def __init__(self, classes: int = 10, width: int = 96, heads: int = 4, depth: int = 2) -> None:
        """Make the layers; 0.23 million parameters with the defaults."""
        super().__init__()
        self.stem = nn.Sequential(_halve(3, 32), _halve(32, 64), _halve(64, width))
        self.position = nn.Parameter(0.02 * torch.randn(1, 64, width))
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, image: Tensor) -> Tensor:
        """[batch, 3, 64, 64] -> [batch, classes]."""
        x = self.stem(image)  # [batch, width, 8, 8]
        x = x.flatten(2).transpose(1, 2) + self.position  # [batch, 64, width]
        x = self.norm(self.blocks(x)).mean(dim=1)  # [batch, width]
        return self.head(x)


def _halve(before: int, after: int) -> nn.Module:
    """Half the height and width, `after` channels."""
    convolution = nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU())


def build() -> tuple[nn.Module, tuple[Tensor]]:
    """Return the model and one example input, [batch, 3, 64, 64] with values in [0, 1].

    The weights come from custom_model.pt beside this file, a state dict as `torch.save` writes
    it; without that file they are random, the same ones every time.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model, example = CustomModel(), torch.rand(1, 3, 64, 64)
    if WEIGHTS.exists():
        model.load_state_dict(torch.load(WEIGHTS, weights_only=True))
    return model.eval(), (example,)
