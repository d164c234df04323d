"""The blocks that the bench's models are built of, each as its authors or users write it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class SelfAttention(nn.Module):
    """Multi-head attention as timm writes it: one Linear for Q, K and V."""

    def __init__(self, width: int, heads: int) -> None:
        """Make both Linears."""
        super().__init__()
        self.heads = heads
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Mix the tokens [batch, tokens, width]; the mask is added to the scores."""
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        joined = mixed.transpose(1, 2).reshape(batch, tokens, width)
        found: Tensor = self.project(joined)
        return found


class Block(nn.Module):
    """A pre-norm transformer block [batch, tokens, width]."""

    def __init__(
        self, width: int, heads: int, ratio: int, activation: type[nn.Module] = nn.GELU
    ) -> None:
        """Make attention and MLP."""
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), SelfAttention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, ratio * width), activation(), nn.Linear(ratio * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the new tokens."""
        x = x + self.attention(self.norm1(x))
        found: Tensor = x + self.mlp(self.norm2(x))
        return found


def conv(
    width: int, out: int, kernel: int, stride: int = 1, groups: int = 1,
    activation: type[nn.Module] | None = None,
) -> nn.Sequential:  # fmt: skip
    """Convolution, BatchNorm, activation."""
    layers: list[nn.Module] = [
        nn.Conv2d(width, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
    ]
    return nn.Sequential(*layers, *([activation()] if activation else []))


class InvertedResidual(nn.Module):
    """MobileNetV2's block."""

    def __init__(self, width: int, out: int, stride: int, activation: type[nn.Module]) -> None:
        """Make the three convolutions, four times as wide inside."""
        super().__init__()
        wide = 4 * width
        self.layers = nn.Sequential(
            conv(width, wide, 1, activation=activation),
            conv(wide, wide, 3, stride, wide, activation),
            conv(wide, out, 1),
        )
        self.residual = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        """Return [batch, out, H / stride, W / stride]."""
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class Tokens(nn.Module):
    """Transformer blocks over the pixels of a feature map [batch, width, H, W]."""

    def __init__(self, width: int, heads: int, depth: int) -> None:
        """Make the blocks."""
        super().__init__()
        self.blocks = nn.Sequential(*(Block(width, heads, 2) for _ in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the new feature map."""
        tokens: Tensor = self.blocks(x.flatten(2).transpose(1, 2))
        return tokens.transpose(1, 2).reshape(x.shape)


class BertLayer(nn.Module):
    """A post-norm layer with separate Q, K and V, as Hugging Face writes it."""

    def __init__(self, width: int, heads: int) -> None:
        """Make attention and MLP."""
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.widen, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Return the new tokens; the mask [batch, 1, 1, tokens] is added to the scores."""
        batch, tokens, width = x.shape
        q, k, v = (
            part(x).reshape(batch, tokens, self.heads, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        scores = q @ k.transpose(-1, -2) / (width // self.heads) ** 0.5 + mask
        mixed = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, width)
        x = self.norm1(x + self.output(mixed))
        found: Tensor = self.norm2(x + self.narrow(functional.gelu(self.widen(x))))
        return found


class MobileViTBlock(nn.Module):
    """MobileViT's block (Mehta & Rastegari 2022): attention between the pixels of 2 x 2 patches."""

    def __init__(self, width: int, inner: int, heads: int, depth: int) -> None:
        """Make local and global parts."""
        super().__init__()
        self.local = conv(width, width, 3, activation=nn.SiLU)
        self.enter = nn.Conv2d(width, inner, 1, bias=False)
        self.blocks = nn.Sequential(*(Block(inner, heads, 2, nn.SiLU) for _ in range(depth)))
        self.norm = nn.LayerNorm(inner)
        self.leave = conv(inner, width, 1, activation=nn.SiLU)
        self.fuse = conv(2 * width, width, 3, activation=nn.SiLU)

    def forward(self, x: Tensor) -> Tensor:
        """Return the new feature map, same shape; folding as timm spells it."""
        y = self.enter(self.local(x))
        batch, width, high, wide = y.shape
        rows, columns = high // 2, wide // 2
        y = y.reshape(batch * width * rows, 2, columns, 2).transpose(1, 2)
        y = y.reshape(batch, width, rows * columns, 4).transpose(1, 3)
        y = y.reshape(batch * 4, rows * columns, width)
        y = self.norm(self.blocks(y))
        y = y.reshape(batch, 4, rows * columns, width).transpose(1, 3)
        y = y.reshape(batch * width * rows, columns, 2, 2).transpose(1, 2)
        y = y.reshape(batch, width, high, wide)
        found: Tensor = self.fuse(torch.cat([x, self.leave(y)], 1))
        return found


class WindowBlock(nn.Module):
    """Swin's block (Liu et al. 2021): attention in windows of 7 x 7, with a position bias."""

    index: Tensor
    mask: Tensor | None

    def __init__(self, width: int, heads: int, size: int, shift: int) -> None:
        """Make it for maps of size x size; a shifted one masks what wraps around."""
        super().__init__()
        self.size, self.shift, self.window = size, shift, 7
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.bias = nn.Parameter(0.02 * torch.randn((2 * self.window - 1) ** 2, heads))
        grid = torch.stack(torch.meshgrid(*2 * [torch.arange(self.window)], indexing="ij"))
        apart = grid.flatten(1)[:, :, None] - grid.flatten(1)[:, None] + self.window - 1
        self.register_buffer("index", apart[0] * (2 * self.window - 1) + apart[1])
        self.register_buffer("mask", self._mask() if shift else None)

    def _mask(self) -> Tensor:
        region = torch.zeros(self.size)
        region[-self.window : -self.shift], region[-self.shift :] = 1, 2
        parts = self._windows((3 * region[:, None] + region)[None, :, :, None])[..., 0]
        return torch.where(parts[:, None] == parts[:, :, None], 0.0, -100.0)[:, None]

    def _windows(self, x: Tensor) -> Tensor:
        batch, size, _, width = x.shape
        count = size // self.window
        x = x.reshape(batch, count, self.window, count, self.window, width)
        return x.transpose(2, 3).reshape(batch * count * count, self.window**2, width)

    def _joined(self, windows: Tensor) -> Tensor:
        count, width = self.size // self.window, windows.shape[-1]
        x = windows.reshape(-1, count, count, self.window, self.window, width)
        return x.transpose(2, 3).reshape(-1, self.size, self.size, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return the new map [batch, size, size, width]."""
        y = self.norm1(x)
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        bias = self.bias[self.index.flatten()].reshape(*self.index.shape, -1).permute(2, 0, 1)
        bias = bias[None] if self.mask is None else bias[None] + self.mask.repeat(len(x), 1, 1, 1)
        y = self._joined(self.attention(self._windows(y), bias))
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        x = x + y
        found: Tensor = x + self.mlp(self.norm2(x))
        return found
