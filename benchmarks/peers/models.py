"""Seven models as users write them: the shapes on which quantised attention is judged.

One is trained (the zoo's gesture hybrid); the others have random weights, the same ones every
time, and BatchNorms that have seen inputs like those they are judged on. This file imports torch
alone, so that a peer's own environment can build the same model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SEED = 0
VOCABULARY = 1000


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
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.project(mixed.transpose(1, 2).reshape(batch, tokens, width))


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
        return x + self.mlp(self.norm2(x))


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


def hybrid_224() -> nn.Module:
    """Inverted residuals with Hardswish, attention over 784 and then 196 tokens."""
    return nn.Sequential(
        conv(3, 16, 3, 2, activation=nn.Hardswish),
        InvertedResidual(16, 32, 2, nn.Hardswish),
        InvertedResidual(32, 64, 2, nn.Hardswish),
        InvertedResidual(64, 128, 1, nn.Hardswish),
        Tokens(128, 4, 2),
        InvertedResidual(128, 192, 2, nn.Hardswish),
        Tokens(192, 6, 4),
        conv(192, 960, 1, activation=nn.Hardswish),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(960, 10),
    )  # fmt: skip


class ViT(nn.Module):
    """A vision transformer (Dosovitskiy et al. 2021)."""

    def __init__(
        self, size: tuple[int, int], patch: tuple[int, int], channels: int, width: int,
        depth: int, heads: int, classes: int,
    ) -> None:  # fmt: skip
        """Make patches, positions, class token, blocks and head."""
        super().__init__()
        tokens = (size[0] // patch[0]) * (size[1] // patch[1])
        self.patches = nn.Conv2d(channels, width, patch, patch)
        self.class_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.positions = nn.Parameter(0.02 * torch.randn(1, tokens + 1, width))
        self.blocks = nn.Sequential(*(Block(width, heads, 4) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the class token."""
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


def vit_tiny() -> nn.Module:
    """ViT-tiny/16 at 224 (Touvron et al. 2021)."""
    return ViT((224, 224), (16, 16), 3, 192, 12, 3, 10)


def keyword() -> nn.Module:
    """KWT-2 (Berg et al. 2021): 98 frames of 40 mel bands, a token each."""
    return ViT((98, 40), (1, 40), 1, 128, 12, 2, 35)


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
        return self.norm2(x + self.narrow(F.gelu(self.widen(x))))


class Bert(nn.Module):
    """Four layers over 128 tokens, with a padding mask of finfo.min as Hugging Face makes it."""

    def __init__(self, width: int = 256, heads: int = 4, depth: int = 4) -> None:
        """Make embeddings, layers, head."""
        super().__init__()
        self.words, self.positions = nn.Embedding(VOCABULARY, width), nn.Embedding(128, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.ModuleList(BertLayer(width, heads) for _ in range(depth))
        self.head = nn.Linear(width, 10)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the logits [batch, 10] of ids and mask [batch, 128]."""
        mask = (1.0 - attention_mask[:, None, None].float()) * torch.finfo(torch.float32).min
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.norm(self.words(input_ids) + self.positions(places))
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(x[:, 0])


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
        return self.fuse(torch.cat([x, self.leave(y)], 1))


def mobilevit() -> nn.Module:
    """The stages of MobileViT-XXS around two of its blocks, at 128 x 128."""
    return nn.Sequential(
        conv(3, 16, 3, 2, activation=nn.SiLU),
        InvertedResidual(16, 32, 2, nn.SiLU),
        InvertedResidual(32, 48, 2, nn.SiLU),
        MobileViTBlock(48, 64, 4, 2),
        InvertedResidual(48, 64, 2, nn.SiLU),
        MobileViTBlock(64, 80, 4, 4),
        conv(64, 256, 1, activation=nn.SiLU),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10),
    )  # fmt: skip


class WindowBlock(nn.Module):
    """Swin's block (Liu et al. 2021): attention in windows of 7 x 7, with a position bias."""

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
        return x + self.mlp(self.norm2(x))


class Swin(nn.Module):
    """Patches of 4 x 4, two blocks of 64 windows, a head."""

    def __init__(self) -> None:
        """Make it for 224 x 224."""
        super().__init__()
        self.patches, self.norm0 = nn.Conv2d(3, 96, 4, 4), nn.LayerNorm(96)
        self.blocks = nn.Sequential(WindowBlock(96, 3, 56, 0), WindowBlock(96, 3, 56, 3))
        self.norm, self.head = nn.LayerNorm(96), nn.Linear(96, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of images [batch, 3, 224, 224]."""
        x = self.norm0(self.patches(x).permute(0, 2, 3, 1))
        return self.head(self.norm(self.blocks(x)).mean((1, 2)))


Inputs = dict[str, Tensor]


def images(size: int) -> Callable[[int, torch.Generator], Inputs]:
    """Smooth images [count, 3, size, size] in [0, 1]: neighbouring pixels agree, as in photos."""

    def draw(count: int, random: torch.Generator) -> Inputs:
        colour = torch.rand(count, 3, 1, 1, generator=random)
        coarse = torch.rand(count, 3, 14, 14, generator=random)
        return {"input": F.interpolate((colour + coarse) / 2, (size, size), mode="bilinear")}

    return draw


def spectra(count: int, random: torch.Generator) -> Inputs:
    """Mel spectra [count, 1, 98, 40] of mean 0, smooth in time and pitch."""
    coarse = torch.randn(count, 1, 25, 10, generator=random)
    return {"input": F.interpolate(coarse, (98, 40), mode="bilinear")}


def sentences(count: int, random: torch.Generator) -> Inputs:
    """Token ids [count, 128] int32 of 16 to 128 tokens, padded with 0, and their mask."""
    ids = torch.randint(1, VOCABULARY, (count, 128), generator=random, dtype=torch.int32)
    lengths = torch.randint(16, 129, (count, 1), generator=random)
    mask = (torch.arange(128) < lengths).int()
    return {"input_ids": ids * mask, "attention_mask": mask}


@dataclass(frozen=True)
class Shape:
    """A model of the bench.

    Attributes:
        title: For tables.
        build: Makes the module.
        draw: Makes inputs [count, ...] by name, in the order of `forward`.
    """

    title: str
    build: Callable[[], nn.Module]
    draw: Callable[[int, torch.Generator], Inputs]


SHAPES = {
    "hybrid-224": Shape("hybrid, Hardswish, 784 and 196 tokens", hybrid_224, images(224)),
    "vit-tiny": Shape("ViT-tiny/16, 197 tokens", vit_tiny, images(224)),
    "bert": Shape("BERT-like, 4 layers, 128 tokens, padded", Bert, sentences),
    "keyword": Shape("keyword transformer, 99 tokens", keyword, spectra),
    "mobilevit": Shape("MobileViT-shaped, SiLU", mobilevit, images(128)),
    "swin": Shape("Swin-shaped, 7 x 7 windows, position bias", Swin, images(224)),
}


def built(name: str) -> nn.Module:
    """Return a model of SHAPES in eval mode, the same weights every time."""
    shape = SHAPES[name]
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        module = shape.build()
        if any(isinstance(part, nn.BatchNorm2d) for part in module.modules()):
            with torch.no_grad():
                for _ in range(10):
                    module.train()(*shape.draw(4, torch.Generator().manual_seed(SEED)).values())
    return module.eval()


def inputs(name: str, count: int, seed: int) -> Inputs:
    """Return inputs [count, ...] by name, the same ones for the same seed."""
    return SHAPES[name].draw(count, torch.Generator().manual_seed(seed))
