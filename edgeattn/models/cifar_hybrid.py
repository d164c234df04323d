"""A hybrid for photos of 32x32 pixels, and the CNN it is measured against, on one page.

    image in [0, 1]                                                   [3, 32, 32]
      stem        3x3 convolution                                     [32, 32, 32]
      down        3x3 convolution, stride 2                           [64, 16, 16]
      down        3x3 convolution, stride 2                           [96, 8, 8]
      local       3x3 convolution, added to what goes in              [96, 8, 8]
      attention   over 64 pixels, then an inverted residual; once     [96, 8, 8]
      classifier  mean over the pixels, Linear                        [classes]

At 32 pixels nothing may be thrown away early, so the stem keeps all of them; then it is the shape
of edgeattn.models.hybrid again, dense convolutions and attention at 8x8. Plain ones stand where
that one has fused inverted residuals: with 45,000 photos and few epochs they train faster. Behind
the attention an MLP would see single pixels only; an inverted residual is that MLP with a depthwise
convolution inside, 2 % of the block's cost (CMT, Guo et al. 2022, arXiv:2107.06263). With
attend=False each attention block gives way to one more local convolution, which at this width costs
the same within 2 %: that is the CNN.
"""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.attention import MultiHeadAttention
from edgeattn.models.hybrid import InvertedResidual, LinearNorm, conv_norm


class Local(nn.Module):
    """A dense 3x3 convolution around which x [batch, width, H, W] goes on unchanged."""

    def __init__(self, width: int) -> None:
        """Make the convolution."""
        super().__init__()
        self.convolution = nn.Sequential(conv_norm(width, width, 3), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, same shape."""
        y: Tensor = x + self.convolution(x)
        return y


class MapBlock(nn.Module):
    """Attention between all pixels of a map, then an inverted residual; both are added."""

    def __init__(self, width: int, *, heads: int, expansion: int) -> None:
        """Make both; inside the inverted residual there are width * expansion channels."""
        super().__init__()
        self.attention = MultiHeadAttention(width, heads, LinearNorm)
        self.mlp = InvertedResidual(width, width, expansion=expansion, activation=nn.ReLU)

    def forward(self, x: Tensor) -> Tensor:
        """Return the new map for x [batch, width, H, W], same shape."""
        pixels = x.flatten(2).transpose(1, 2)  # [batch, H * W, width]
        pixels = pixels + self.attention(pixels)
        y: Tensor = self.mlp(pixels.transpose(1, 2).reshape(x.shape))
        return y


class CifarHybrid(nn.Module):
    """The model above.

    >>> import torch
    >>> CifarHybrid(classes=10).eval()(torch.zeros(2, 3, 32, 32)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        *,
        classes: int = 10,
        widths: tuple[int, int, int] = (32, 64, 96),
        local: int = 1,
        depth: int = 1,
        heads: int = 3,
        mlp_ratio: int = 2,
        attend: bool = True,
    ) -> None:
        """Make the layers.

        Args:
            classes: How many classes.
            widths: Channels at 32x32, 16x16 and 8x8 pixels.
            local: Convolutions at 8x8.
            depth: Attention blocks.
            heads: Heads of each attention block.
            mlp_ratio: How much wider an inverted residual is inside.
            attend: False for the CNN.
        """
        super().__init__()
        stem, middle, width = widths
        self.convolutions = nn.Sequential(
            conv_norm(3, stem, 3), nn.ReLU(),
            conv_norm(stem, middle, 3, stride=2), nn.ReLU(),
            conv_norm(middle, width, 3, stride=2), nn.ReLU(),
            *(Local(width) for _ in range(local if attend else local + depth)),
        )  # fmt: skip
        self.blocks = nn.Sequential(
            *(
                MapBlock(width, heads=heads, expansion=mlp_ratio)
                for _ in range(depth if attend else 0)
            )
        )
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] for images [batch, 3, H, W] in [0, 1]."""
        x = self.convolutions(x)  # [batch, width, H/4, W/4]
        x = self.blocks(x).mean((2, 3))  # [batch, width]
        logits: Tensor = self.classifier(x)  # [batch, classes]
        return logits
