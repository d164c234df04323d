"""Every attention variant at a tiny size, as the graph that is exported, with example inputs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from edgeattn.models.attention import (
    AdditiveAttention,
    BahdanauAttention,
    BlockSparseAttention,
    CrossAttention,
    EarlyExit,
    LinearAttention,
    MergedAttention,
    MultiHeadAttention,
    PrunedAttention,
    SeparableAttention,
    WindowedAttention,
    rows,
)

WIDTH, TOKENS = 16, 12


class PrunedBlock(nn.Module):
    """Residual attention that drops tokens, as a block uses it."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.attention = PrunedAttention(WIDTH, heads=2, keep=0.5)

    def forward(self, x: Tensor) -> Tensor:
        mixed, places = self.attention(self.norm(x))
        return rows(x, places) + mixed


class MergedBlock(nn.Module):
    """Residual attention that merges tokens, twice, as two blocks use it."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.attentions = nn.ModuleList(MergedAttention(WIDTH, heads=2, keep=0.75) for _ in "ab")

    def forward(self, x: Tensor) -> Tensor:
        sizes = None
        for norm, attention in zip(self.norms, self.attentions, strict=True):
            mixed, merge = attention(norm(x), sizes)
            x, sizes = merge(x) + mixed, merge.sizes
        return x


class Stage(nn.Module):
    """Residual attention."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(WIDTH, heads=2)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.attention(x)


class Head(nn.Module):
    """The mean of the tokens, and a Linear."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = nn.Linear(WIDTH, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(x.mean(1))


def exits() -> EarlyExit:
    return EarlyExit([Stage(), Stage()], [Head(), Head()])


def tokens(count: int = TOKENS, width: int = WIDTH) -> Tensor:
    return torch.randn(1, count, width, generator=torch.Generator().manual_seed(count))


VARIANTS: dict[str, Callable[[], tuple[nn.Module, tuple[Tensor, ...]]]] = {
    "multi-head": lambda: (MultiHeadAttention(WIDTH, 2), (tokens(),)),
    "multi-head, one pruned": lambda: (MultiHeadAttention(WIDTH, 3, head_width=4), (tokens(),)),
    "cross": lambda: (CrossAttention(WIDTH, 2, memory_width=8), (tokens(), tokens(7, 8))),
    "windowed": lambda: (
        WindowedAttention(WIDTH, 2, grid=(4, 6), window=(2, 3), shifted=True),
        (tokens(24),),
    ),
    "block-sparse": lambda: (BlockSparseAttention(WIDTH, 2, tokens=12, block=3), (tokens(),)),
    "linear": lambda: (LinearAttention(WIDTH, 2), (tokens(),)),
    "separable": lambda: (SeparableAttention(WIDTH), (tokens(),)),
    "additive": lambda: (AdditiveAttention(WIDTH), (tokens(),)),
    "bahdanau": lambda: (BahdanauAttention(WIDTH, hidden=8), (tokens(2), tokens(7))),
    "pruned": lambda: (PrunedBlock(), (tokens(),)),
    "merged": lambda: (MergedBlock(), (tokens(),)),
    "early exit, first part": lambda: (exits().first(0), (tokens(),)),
    "early exit, the rest": lambda: (exits().rest(0), (tokens(),)),
}


def made(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """Return a variant in eval mode with seeded weights, and its inputs."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module, inputs = VARIANTS[name]()
    return module.eval(), inputs
