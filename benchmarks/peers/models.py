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
from torch.nn import functional

from benchmarks.peers.blocks import (
    BertLayer,
    Block,
    InvertedResidual,
    MobileViTBlock,
    Tokens,
    WindowBlock,
    conv,
)

SEED = 0
VOCABULARY = 1000


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
        found: Tensor = self.head(self.norm(self.blocks(x))[:, 0])
        return found


def vit_tiny() -> nn.Module:
    """ViT-tiny/16 at 224 (Touvron et al. 2021)."""
    return ViT((224, 224), (16, 16), 3, 192, 12, 3, 10)


def keyword() -> nn.Module:
    """KWT-2 (Berg et al. 2021): 98 frames of 40 mel bands, a token each."""
    return ViT((98, 40), (1, 40), 1, 128, 12, 2, 35)


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
        found: Tensor = self.head(x[:, 0])
        return found


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
        found: Tensor = self.head(self.norm(self.blocks(x)).mean((1, 2)))
        return found


Inputs = dict[str, Tensor]


def images(size: int) -> Callable[[int, torch.Generator], Inputs]:
    """Smooth images [count, 3, size, size] in [0, 1]: neighbouring pixels agree, as in photos."""

    def draw(count: int, random: torch.Generator) -> Inputs:
        colour = torch.rand(count, 3, 1, 1, generator=random)
        coarse = torch.rand(count, 3, 14, 14, generator=random)
        return {
            "input": functional.interpolate((colour + coarse) / 2, (size, size), mode="bilinear")
        }

    return draw


def spectra(count: int, random: torch.Generator) -> Inputs:
    """Mel spectra [count, 1, 98, 40] of mean 0, smooth in time and pitch."""
    coarse = torch.randn(count, 1, 25, 10, generator=random)
    return {"input": functional.interpolate(coarse, (98, 40), mode="bilinear")}


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
