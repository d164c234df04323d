"""What the candidates differ in: how they go from the map of a sample to its class.

    cnn           convolutions that halve the map, residual convolutions behind
    recurrent     the same convolutions, then a gated recurrent unit over at most 10 steps
    single-head   patches as tokens, places, attention with one head
    multi-head    patches as tokens, places, attention with four heads
    hybrid        the convolutions, then attention with four heads

Blocks are those of the zoo. Each body has two widths, so that its size can be met: that of the
tokens, and that inside (first convolutions; hidden state).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from edgeattn.audit.fronts import Front
from edgeattn.audit.signal import Signal
from edgeattn.models.cnn import ResidualBlock
from edgeattn.models.hybrid import AttentionBlock
from edgeattn.models.keyword import Recurrence, TimeBlock

DEPTH, HEADS, MLP_RATIO = 2, 4, 2
MOST_STEPS = 10  # of a recurrence: each is written out in the file
HIDDEN = -30.0  # added to the scores of padding (edgeattn.models.intent)


class Candidate(nn.Module):
    """Front, stem, blocks over tokens, the tokens' mean, and a Linear; `forward` takes x.

    A body of convolutions alone keeps its map; for all others a token is a place of the map.
    """

    def __init__(self, signal: Signal, *, family: str, width: int, inside: int) -> None:
        """Make the layers.

        Args:
            signal: What a sample is.
            family: One of the five above.
            width: Channels of a token, a multiple of `HEADS`.
            inside: Channels of all convolutions but the last, or of the recurrent state.
        """
        super().__init__()
        self.family, self.flat = family, signal.flat
        self.front = Front(signal)
        channels, halvings = self.front.channels, signal.halvings
        rows, columns = signal.tokens
        if family in ("single-head", "multi-head"):
            self.stem: nn.Module = _patches(channels, width, 2**halvings, signal.flat)
            self.places = nn.Parameter(torch.empty(1, rows * columns, width))
            nn.init.trunc_normal_(self.places, std=0.02)  # as in ViT's reference code
        else:
            first = width // 2 if family == "recurrent" else inside
            self.stem = _convolutions(channels, first, width, halvings, signal.flat)
        last = width
        if family == "cnn":
            self.blocks = nn.ModuleList(
                TimeBlock(width, MLP_RATIO) if signal.flat else ResidualBlock(width, nn.ReLU)
                for _ in range(DEPTH)
            )
        elif family == "recurrent":
            self.group = columns if not signal.flat else -(-columns // MOST_STEPS)
            self.fold = _conv(width, width, (1, self.group), (1, self.group), padding=(0, 0))
            self.blocks = nn.ModuleList([Recurrence(width, inside)])
            last = inside
        else:
            self.blocks = nn.ModuleList(
                AttentionBlock(
                    width,
                    heads=1 if family == "single-head" else HEADS,
                    mlp_ratio=MLP_RATIO,
                    norm="batch",
                    activation=nn.ReLU,
                )
                for _ in range(DEPTH)
            )
        self.classifier = nn.Linear(last, signal.classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] of samples as `Signal` describes them."""
        return self.answer(x, None)

    def answer(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Return logits; `mask` [batch, length] is 1 where a piece of text stands."""
        x, stands = self.front(x, mask)
        x = self.stem(x)  # [batch, width, rows, columns]
        if self.family == "recurrent":
            x = relu(self.fold(x))  # [batch, width, steps, 1] or [batch, width, 1, steps]
            stands = None if stands is None else _grouped(stands, self.group, x.shape[3])
        if self.family == "cnn" and not self.flat:
            for block in self.blocks:
                x = block(x)
            x = x.flatten(2).transpose(1, 2)
        else:
            x = x.flatten(2).transpose(1, 2)  # [batch, tokens, width]
            x = x + self.places if hasattr(self, "places") else x
            for block in self.blocks:
                x = _mixed(block, x, stands)
        if stands is None:
            pooled = x.mean(1)
        else:
            weights = stands[:, :, None]  # [batch, tokens, 1]
            pooled = (x * weights).sum(1) / weights.sum(1).clamp_min(1)
        logits: Tensor = self.classifier(pooled)
        return logits


class TextCandidate(Candidate):
    """A candidate that also takes the mask of its text."""

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:  # type: ignore[override]
        """Return logits [batch, classes] for ids and mask, both [batch, length]."""
        return self.answer(ids, mask)


def build(signal: Signal, *, family: str, width: int, inside: int) -> Candidate:
    """Return an untrained candidate for samples of that kind."""
    made = TextCandidate if signal.masked else Candidate
    return made(signal, family=family, width=width, inside=inside)


def _mixed(block: nn.Module, x: Tensor, stands: Tensor | None) -> Tensor:
    """Return the tokens behind a block; attention does not look at padding."""
    if stands is None or not isinstance(block, AttentionBlock):
        y: Tensor = block(x)
        return y
    bias = ((1 - stands) * HIDDEN)[:, None, None]  # [batch, 1, 1, tokens]
    x = x + block.attention(block.before_attention(x), bias)
    x = x + block.mlp(block.before_mlp(x))
    return x


def _grouped(stands: Tensor, group: int, steps: int) -> Tensor:
    """Return which groups of tokens hold anything, [batch, steps]."""
    return stands[:, : group * steps].reshape(-1, steps, group).amax(2)


def _patches(channels: int, width: int, side: int, flat: bool) -> nn.Module:
    size = (1, side) if flat else (side, side)
    return _conv(channels, width, size, size, padding=(0, 0))


def _convolutions(channels: int, inside: int, width: int, halvings: int, flat: bool) -> nn.Module:
    """Return convolutions that come down to the tokens: all but the last have `inside` channels."""
    kernel = (1, 5) if flat else (3, 3)
    count = max(2, halvings)
    layers: list[nn.Module] = []
    for place in range(count):
        stride = 2 if place < halvings else 1
        layers += [
            _conv(
                channels if place == 0 else inside,
                width if place == count - 1 else inside,
                kernel,
                (1, stride) if flat else (stride, stride),
                padding=(kernel[0] // 2, kernel[1] // 2),
            ),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


def _conv(
    channels: int,
    out: int,
    kernel: tuple[int, int],
    stride: tuple[int, int],
    *,
    padding: tuple[int, int],
) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, out, kernel, stride, padding, bias=False), nn.BatchNorm2d(out)
    )
