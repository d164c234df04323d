"""Attention inside windows of a grid: the tokens of an image, or of a sequence as one row."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.attention.heads import MakeLinear
from edgeattn.models.attention.multi_head import MultiHeadAttention

HIDDEN = -30.0
"""Score of a key that must not be seen: exp(-30) is 1e-13, and int8 still has a scale for it."""

Pair = tuple[int, int]  # rows, columns


class WindowedAttention(MultiHeadAttention):
    """Every token looks at the tokens of its window; shifted, windows straddle their neighbours.

    Cost for N tokens of width C in windows of M, in multiply-accumulates: 4 N C^2 in the
    projections and 2 N M C in the core, which grows with N and not with its square; with h N M
    exponentials. A shift adds no arithmetic: four slices that move.

    Blocks that alternate between shifted and not let every window hear of every other one. Where
    a window spans the grid, it is not shifted along that axis. A position bias is one learnt
    number per head and offset inside the window; it becomes a constant when the model is exported.

    Source: Liu et al. 2021, "Swin Transformer", section 3.2, arXiv:2103.14030.

    >>> image = WindowedAttention(8, heads=2, grid=(4, 6), window=(2, 3), shifted=True)
    >>> image(torch.zeros(3, 24, 8)).shape
    torch.Size([3, 24, 8])
    >>> sequence = WindowedAttention(8, heads=2, grid=(1, 24), window=(1, 8))
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        grid: Pair,
        window: Pair,
        shifted: bool = False,
        position_bias: bool = True,
        linear: MakeLinear = nn.Linear,
    ) -> None:
        """Make the layers.

        Args:
            width: Channels of a token.
            heads: How many heads share the width.
            grid: Rows and columns that the tokens fill, row by row.
            window: Rows and columns of a window; they divide the grid.
            shifted: Move the windows by half of themselves.
            position_bias: Learn a bias per head and offset.
            linear: Makes a projection: nn.Linear, or one with its normalisation.
        """
        super().__init__(width, heads, linear)
        self.offsets: Tensor
        self.regions: Tensor
        if min(window) < 1 or any(n % m for n, m in zip(grid, window, strict=True)):
            raise ValueError(
                f"windows of {window[0]}x{window[1]} do not tile a grid of {grid[0]}x{grid[1]}; "
                "choose divisors"
            )
        self.grid, self.window = grid, window
        self.shift = tuple(
            m // 2 if shifted and m < n else 0 for n, m in zip(grid, window, strict=True)
        )
        self.offset_bias = None
        if position_bias:
            offsets = (2 * window[0] - 1) * (2 * window[1] - 1)
            self.offset_bias = nn.Parameter(torch.zeros(offsets, heads))
            nn.init.trunc_normal_(self.offset_bias, std=0.02)
        self.register_buffer("offsets", _offsets(window), persistent=False)
        regions = _between_regions(grid, window, self.shift)
        self.register_buffer("regions", regions, persistent=False)

    def forward(self, x: Tensor, bias: Tensor | None = None) -> Tensor:
        """Mix the tokens of each window; x and the result are [batch, rows * columns, width].

        Args:
            x: The tokens.
            bias: Added to the scores, broadcast to [batch * windows, heads, M, M].
        """
        if any(self.shift):
            image = torch.unflatten(x, 1, self.grid)  # [batch, rows, columns, width]
            x = image.roll([-step for step in self.shift], (1, 2)).flatten(1, 2)
        mixed = super().forward(self._apart(x), self._bias(len(x), bias))
        x = self._together(mixed, len(x))
        if any(self.shift):
            x = torch.unflatten(x, 1, self.grid).roll(self.shift, (1, 2)).flatten(1, 2)
        return x

    def _apart(self, x: Tensor) -> Tensor:
        """Turn [batch, tokens, width] into [batch * windows, M, width]."""
        (rows, columns), (high, wide) = self.grid, self.window
        x = torch.unflatten(x, 1, (rows // high, high, columns // wide, wide))
        return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)

    def _together(self, x: Tensor, batch: int) -> Tensor:
        """Turn [batch * windows, M, width] into [batch, tokens, width]."""
        (rows, columns), (high, wide) = self.grid, self.window
        x = torch.unflatten(x, 1, (high, wide))
        x = torch.unflatten(x, 0, (batch, rows // high, columns // wide))
        return x.transpose(2, 3).flatten(1, 4)

    def _bias(self, batch: int, bias: Tensor | None) -> Tensor | None:
        """Return all that is added to the scores, [batch * windows, heads, M, M], or None."""
        if any(self.shift):
            hidden = self.regions.repeat(batch, 1, 1, 1)
            bias = hidden if bias is None else bias + hidden
        if self.offset_bias is not None:
            learnt = self.offset_bias[self.offsets].permute(2, 0, 1)  # [heads, M, M]
            bias = learnt if bias is None else bias + learnt
        return bias


def _offsets(window: Pair) -> Tensor:
    """Return which offset lies between two places of a window, as a number from 0: [M, M]."""
    high, wide = window
    places = torch.cartesian_prod(torch.arange(high), torch.arange(wide))  # [M, 2]
    apart = places[:, None] - places[None, :]  # [M, M, 2], -(high - 1) .. high - 1 and so on
    return (apart[..., 0] + high - 1) * (2 * wide - 1) + apart[..., 1] + wide - 1


def _between_regions(grid: Pair, window: Pair, shift: tuple[int, ...]) -> Tensor:
    """Return HIDDEN where a shifted window joins tokens of opposite edges: [windows, 1, M, M]."""
    (rows, columns), (high, wide) = grid, window
    # A shifted row at the end of the grid came from its beginning: another region.
    row = (torch.arange(rows) >= rows - shift[0]).long()
    column = (torch.arange(columns) >= columns - shift[1]).long()
    region = 2 * row[:, None] + column[None, :]
    region = region.reshape(rows // high, high, columns // wide, wide)
    region = region.transpose(1, 2).flatten(2).flatten(0, 1)  # [windows, M]
    return ((region[:, :, None] != region[:, None, :]) * HIDDEN)[:, None]
