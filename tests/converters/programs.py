"""Small models for the tests of the converters, each one page of a real architecture.

`MODELS` maps a name to a factory; a factory returns a module in eval mode and its inputs. Weights
and statistics are random but seeded, so that nothing is 0 or 1 by accident.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import Tensor, nn

from edgeattn_converters.capture import capture
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.program import Program

Model = tuple[nn.Module, tuple[Tensor, ...]]


class Attention(nn.Module):
    """Merged QKV, as edgeattn.models writes it; x and the result are [batch, tokens, width]."""

    def __init__(self, width: int = 16, heads: int = 2) -> None:
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )
        weights = (q * self.scale @ k.transpose(2, 3)).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


class Timm(Attention):
    """The same in timm's words: one reshape, one permute, unbind, and the fused operator."""

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class Causal(Attention):
    """GPT's: a token looks back only."""

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in self.qkv(x).chunk(3, dim=-1)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(mixed.transpose(1, 2).flatten(2))


class NanoGpt(Attention):
    """Causal attention spelled out, the mask a buffer that fills scores with -inf."""

    def __init__(self, width: int = 16, heads: int = 2, tokens: int = 12) -> None:
        super().__init__(width, heads)
        self.register_buffer("mask", torch.ones(tokens, tokens).tril()[None, None])

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.size()
        q, k, v = self.qkv(x).split(width, dim=2)
        q, k, v = (
            part.view(batch, tokens, self.heads, width // self.heads).transpose(1, 2)
            for part in (q, k, v)
        )
        scores = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        scores = scores.masked_fill(self.mask[:, :, :tokens, :tokens] == 0, float("-inf"))
        mixed = F.softmax(scores, dim=-1) @ v
        return self.out(mixed.transpose(1, 2).contiguous().view(batch, tokens, width))


class Block(nn.Module):
    """A pre-norm transformer block around an attention."""

    def __init__(self, attention: nn.Module, width: int = 16) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), attention
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(0.1), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Torch(nn.Module):
    """nn.MultiheadAttention on one tensor, with or without the weights as a by-product."""

    def __init__(self, *, need_weights: bool, batch_first: bool = True) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 2, batch_first=batch_first)
        self.need_weights = need_weights

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x, x, need_weights=self.need_weights)[0]


class Vit(nn.Module):
    """Patches, a class token, positions, one block, and a head on the class token."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 16))
        self.positions = nn.Parameter(torch.randn(1, 17, 16))
        self.block, self.norm, self.head = Block(Timm()), nn.LayerNorm(16), nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return self.head(self.norm(self.block(x))[:, 0])


def conv(inside: int, outside: int, kernel: int = 3, **options: int) -> nn.Sequential:
    """Convolution and batch norm."""
    padding = kernel // 2
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, padding=padding, bias=False, **options),
        nn.BatchNorm2d(outside),
    )


class Hybrid(nn.Module):
    """A convolutional stem, attention on its pixels with BN behind Linears, and a mean head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, 8, stride=2), nn.ReLU(), conv(8, 16, stride=2), nn.ReLU())
        self.attention, self.norm, self.head = Attention(), nn.BatchNorm1d(16), nn.Linear(16, 5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        tokens = x.flatten(2).transpose(1, 2)
        tokens = tokens + self.attention(tokens)
        x = tokens.transpose(1, 2).reshape(x.shape)
        return self.head(self.norm(x.mean((2, 3))))


class Bert(nn.Module):
    """Token ids and a padding mask; the mask is additive (finfo.min) or boolean."""

    def __init__(self, *, boolean: bool) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(30, 16), nn.Embedding(12, 16)
        self.q, self.k, self.v, self.out = (nn.Linear(16, 16) for _ in range(4))
        self.norm, self.head, self.boolean = nn.LayerNorm(16), nn.Linear(16, 4), boolean
        self.register_buffer("ids", torch.arange(12)[None])

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        x = self.words(input_ids) + self.places(self.ids[:, : input_ids.shape[1]])
        q, k, v = (
            part(x).view(*x.shape[:2], 2, 8).transpose(1, 2) for part in (self.q, self.k, self.v)
        )
        if self.boolean:
            mixed = F.scaled_dot_product_attention(q, k, v, attention_mask[:, None, None] > 0)
        else:
            mask = (1.0 - attention_mask[:, None, None].to(x.dtype)) * torch.finfo(x.dtype).min
            mixed = (q @ k.transpose(2, 3) / 8**0.5 + mask).softmax(-1) @ v
        x = self.norm(x + self.out(mixed.transpose(1, 2).reshape(x.shape)))
        return self.head(x[:, 0].tanh())


class Grouped(nn.Module):
    """Fewer key heads than query heads, shared by scaled_dot_product_attention itself."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v = nn.Linear(16, 32), nn.Linear(16, 16), nn.Linear(16, 16)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part(x).unflatten(-1, (-1, 8)).transpose(1, 2) for part in (self.q, self.k, self.v)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, enable_gqa=True, is_causal=True)
        return mixed.transpose(1, 2).flatten(2)


class SqueezeExcite(nn.Module):
    """Scale the channels of an image by what a bottleneck says about their means."""

    def __init__(self, gate: nn.Module) -> None:
        super().__init__()
        self.expand = nn.Sequential(conv(8, 16, 1), nn.SiLU(), conv(16, 16, groups=16), nn.SiLU())
        self.pool, self.down = nn.AdaptiveAvgPool2d(1), nn.Conv2d(16, 4, 1)
        self.up = nn.Conv2d(4, 16, 1)
        self.gate, self.project = gate, conv(16, 8, 1)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.expand(x)
        gate = self.gate(self.up(F.silu(self.down(self.pool(wide)))))
        return x + self.project(wide * gate)


class Residual(nn.Module):
    """Two convolutions around a shortcut, in-place ReLUs, pools, and a flatten head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv(3, 8), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        self.first, self.second = conv(8, 16, stride=2), conv(16, 16)
        self.short = conv(8, 16, 1, stride=2)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(64, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        y = self.second(self.relu(self.first(x)))
        return self.head(self.relu(y + self.short(x)))


class Keyword(nn.Module):
    """One-dimensional convolutions over time, as in speech and sensor models."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(4, 8, 5, stride=2, padding=2, bias=False), nn.BatchNorm1d(8), nn.ReLU(),
            nn.MaxPool1d(2), nn.Conv1d(8, 8, 3, padding="same", groups=8), nn.BatchNorm1d(8),
            nn.Hardswish(), nn.AvgPool1d(2), nn.Conv1d(8, 16, 1), nn.AdaptiveAvgPool1d(1),
        )  # fmt: skip
        self.head = nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(x).squeeze(-1))


class Padded(nn.Module):
    """Every way to pad a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.same = nn.Conv2d(3, 6, 4, padding="same")
        self.reflect = nn.Conv2d(6, 6, 3, padding=1, padding_mode="reflect")
        self.valid = nn.Conv2d(6, 6, (3, 1), padding="valid", groups=3)
        self.dilated = nn.Conv2d(6, 6, 3, padding="same", dilation=2, groups=2)
        self.strided = nn.Conv2d(6, 8, 3, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.valid(self.reflect(F.relu(self.same(x))))
        return self.strided(F.pad(F.relu(self.dilated(x)), (0, 1, 0, 1)))


class Tied(nn.Module):
    """One Linear used twice, a factor behind one use only; and two outputs in a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(16, 16)

    def forward(self, x: Tensor) -> dict[str, Tensor | None]:
        return {"scaled": self.linear(x) * 0.25, "plain": self.linear(x + 1), "none": None}


class Swin(nn.Module):
    """Window attention with a position bias and -100 between regions."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.bias = nn.Linear(16, 48), nn.Parameter(torch.randn(2, 9, 9))
        regions = torch.arange(18).reshape(2, 9) // 6
        self.register_buffer("mask", (regions[:, :, None] != regions[:, None, :]) * -100.0)

    def forward(self, x: Tensor) -> Tensor:  # [batch * windows, 9, 16]
        q, k, v = self.qkv(x).reshape(len(x), 9, 3, 2, 8).permute(2, 0, 3, 1, 4)
        scores = q * 8**-0.5 @ k.transpose(-2, -1) + self.bias[None]
        scores = scores.view(len(x) // 2, 2, 2, 9, 9) + self.mask[None, :, None]
        return (scores.view(len(x), 2, 9, 9).softmax(-1) @ v).transpose(1, 2).reshape(x.shape)


def seeded(make: Callable[[], nn.Module], *inputs: Tensor) -> Model:
    """Build a module whose batch norms and norms have seen something."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = make().eval()
        for part in module.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.normal_()
                part.running_var.uniform_(0.5, 2)
            is_norm = isinstance(part, (nn.modules.batchnorm._BatchNorm, nn.LayerNorm))
            if is_norm and part.weight is not None:
                nn.init.uniform_(part.weight, 0.5, 2)
                nn.init.normal_(part.bias)
    return module, inputs


def normal(*shape: int) -> Tensor:
    """Return the same normal numbers at every call."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))


def _ids() -> tuple[Tensor, Tensor]:
    mask = torch.ones(2, 8, dtype=torch.int64)
    mask[1, 5:] = 0
    return torch.arange(16).reshape(2, 8), mask


MODELS: dict[str, Callable[[], Model]] = {
    "hybrid": lambda: seeded(Hybrid, normal(1, 3, 16, 16)),
    "hybrid, batch of 2": lambda: seeded(Hybrid, normal(2, 3, 16, 16)),
    "vit": lambda: seeded(Vit, normal(1, 3, 16, 16)),
    "vit, batch of 2": lambda: seeded(Vit, normal(2, 3, 16, 16)),
    "block": lambda: seeded(lambda: Block(Attention()), normal(1, 12, 16)),
    "torch attention": lambda: seeded(lambda: Torch(need_weights=False), normal(1, 12, 16)),
    "torch attention, batch of 2": lambda: seeded(
        lambda: Torch(need_weights=True), normal(2, 12, 16)
    ),
    "torch attention, time first": lambda: seeded(
        lambda: Torch(need_weights=True, batch_first=False), normal(12, 2, 16)
    ),
    "causal": lambda: seeded(lambda: Block(Causal()), normal(2, 12, 16)),
    "nanogpt": lambda: seeded(lambda: Block(NanoGpt()), normal(1, 12, 16)),
    "grouped queries": lambda: seeded(Grouped, normal(1, 12, 16)),
    "bert, additive mask": lambda: seeded(lambda: Bert(boolean=False), *_ids()),
    "bert, boolean mask": lambda: seeded(lambda: Bert(boolean=True), *_ids()),
    "swin": lambda: seeded(Swin, normal(4, 9, 16)),
    "squeeze and excite": lambda: seeded(
        lambda: SqueezeExcite(nn.Hardsigmoid()), normal(1, 8, 6, 6)
    ),
    "residual": lambda: seeded(Residual, normal(1, 3, 16, 16)),
    "keyword": lambda: seeded(Keyword, normal(1, 4, 32)),
    "padded": lambda: seeded(Padded, normal(1, 3, 11, 11)),
    "tied": lambda: seeded(Tied, normal(2, 16)),
}


@functools.cache
def captured(name: str) -> Program:
    """Return a model of `MODELS` as torch.export gives it; nothing may change it."""
    module, inputs = MODELS[name]()
    return capture(module, inputs, name="tiny")


@functools.cache
def rewritten(name: str) -> Program:
    """Return a model of `MODELS` after all passes; nothing may change it."""
    return apply_passes(captured(name))
