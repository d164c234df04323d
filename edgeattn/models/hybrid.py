"""A hybrid of convolution and attention for small images, the whole model on this page.

    image in [0, 1]                                          [3, 64, 64]
      stem        3x3 convolution, stride 2                  [32, 32, 32]
      down        fused inverted residual, stride 2          [64, 16, 16]
      down        fused inverted residual, stride 2          [128, 8, 8]
      attention   over 64 tokens, then an MLP; twice         [64, 128]
      classifier  mean over the tokens, Linear               [classes]

The shape follows what int8 makes faster (docs/decisions/0011-model-shape.md). Dense convolutions
and Linears gain most and depthwise ones lose, so the inverted residuals (MobileNetV2, Sandler et
al. 2018) are fused (EfficientNetV2, Tan & Le 2021); plain ones can stand between and behind. The
attention core gains nothing, so it comes last, where tokens are few (EfficientFormer, Li et al.
2022). With norm="batch" a BatchNorm follows every convolution and every Linear and folds into its
weights at export (LeViT, Graham et al. 2021); with norm="layer" the blocks are the usual pre-norm
ones, whose LayerNorms run in float.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.attention import MultiHeadAttention, rows

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "gelu": nn.GELU,
    "hardswish": nn.Hardswish,
}
NORMS = ("batch", "layer")


def conv_norm(width: int, out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Return convolution and BatchNorm: one convolution once they are folded."""
    return nn.Sequential(
        nn.Conv2d(width, out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(out),
    )


class LinearNorm(nn.Module):
    """Linear, BatchNorm over all tokens of the batch: one Linear once they are folded."""

    def __init__(self, width: int, out: int) -> None:
        """Make both; the Linear needs no bias, the BatchNorm has one."""
        super().__init__()
        self.linear = nn.Linear(width, out, bias=False)
        self.norm = nn.BatchNorm1d(out)

    def forward(self, x: Tensor) -> Tensor:
        """Turn [batch, tokens, width] into [batch, tokens, out]."""
        y: Tensor = self.linear(x)
        return torch.reshape(self.norm(y.flatten(0, 1)), y.shape)


class InvertedResidual(nn.Module):
    """Widen, look around, narrow: [batch, width, H, W] -> [batch, out, H / stride, W / stride].

    A fused one widens and looks around in one dense 3x3 convolution.
    """

    def __init__(
        self,
        width: int,
        out: int,
        *,
        expansion: int,
        activation: type[nn.Module],
        stride: int = 1,
        fused: bool = False,
    ) -> None:
        """Make the convolutions; inside there are width * expansion channels."""
        super().__init__()
        wide = width * expansion
        if fused:
            self.widen = nn.Sequential(conv_norm(width, wide, 3, stride), activation())
        else:
            self.widen = nn.Sequential(
                conv_norm(width, wide, 1), activation(),
                conv_norm(wide, wide, 3, stride, groups=wide), activation(),
            )  # fmt: skip
        self.narrow = conv_norm(wide, out, 1)
        self.residual = stride == 1 and width == out

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's output, plus x when the shapes agree."""
        y: Tensor = self.narrow(self.widen(x))
        return x + y if self.residual else y


class AttentionBlock(nn.Module):
    """Attention between the tokens, then an MLP on each, both added to x [batch, tokens, width]."""

    def __init__(
        self, width: int, *, heads: int, mlp_ratio: int, norm: str, activation: type[nn.Module]
    ) -> None:
        """Make the layers; with norm="layer" each half begins with a LayerNorm."""
        super().__init__()
        linear = LinearNorm if norm == "batch" else nn.Linear
        self.before_attention = nn.Identity() if norm == "batch" else nn.LayerNorm(width)
        self.attention = MultiHeadAttention(width, heads, linear)
        self.before_mlp = nn.Identity() if norm == "batch" else nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            linear(width, width * mlp_ratio), activation(), linear(width * mlp_ratio, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the new tokens, same shape; fewer where the attention was pruned to drop some."""
        mixed = self.attention(self.before_attention(x))
        if isinstance(mixed, tuple):
            mixed, places = mixed
            x = rows(x, places)
        x = x + mixed
        x = x + self.mlp(self.before_mlp(x))
        return x


class Hybrid(nn.Module):
    """The model above.

    >>> Hybrid(classes=10).eval()(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        *,
        classes: int = 10,
        widths: tuple[int, int, int] = (32, 64, 128),
        local: int = 0,
        fused: int = 2,
        depth: int = 2,
        heads: int = 4,
        expansion: int = 3,
        mlp_ratio: int = 2,
        norm: str = "batch",
        activation: str = "relu",
    ) -> None:
        """Make the layers.

        Args:
            classes: How many classes.
            widths: Channels of the stem, of the convolutions after it, and of the tokens.
            local: Plain inverted residuals between the two that go down.
            fused: How many of the two that go down are fused, the first one first.
            depth: Attention blocks.
            heads: Heads of each attention block.
            expansion: How much wider an inverted residual is inside.
            mlp_ratio: How much wider an MLP is inside.
            norm: `batch` or `layer`, see above.
            activation: `relu`, `gelu` or `hardswish`, everywhere.
        """
        super().__init__()
        if norm not in NORMS:
            raise ValueError(f"norm is {norm!r}; choose {' or '.join(NORMS)}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}; choose {', '.join(ACTIVATIONS)}")
        act = ACTIVATIONS[activation]
        stem, middle, width = widths

        self.stem = nn.Sequential(conv_norm(3, stem, 3, stride=2), act())
        self.convolutions = nn.Sequential(
            InvertedResidual(
                stem, middle, expansion=expansion, activation=act, stride=2, fused=fused > 0
            ),
            *(
                InvertedResidual(middle, middle, expansion=expansion, activation=act)
                for _ in range(local)
            ),
            InvertedResidual(
                middle, width, expansion=expansion, activation=act, stride=2, fused=fused > 1
            ),
        )
        self.blocks = nn.Sequential(
            *(
                AttentionBlock(width, heads=heads, mlp_ratio=mlp_ratio, norm=norm, activation=act)
                for _ in range(depth)
            )
        )
        self.last_norm = nn.Identity() if norm == "batch" else nn.LayerNorm(width)
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] for images [batch, 3, H, W] in [0, 1]."""
        x = self.stem(x)  # [batch, stem, H/2, W/2]
        x = self.convolutions(x)  # [batch, width, H/8, W/8]
        x = x.flatten(2).transpose(1, 2)  # [batch, tokens, width]
        x = self.blocks(x)  # [batch, tokens, width]
        x = self.last_norm(x).mean(1)  # [batch, width]
        logits: Tensor = self.classifier(x)  # [batch, classes]
        return logits
