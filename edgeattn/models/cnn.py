"""What the hybrids are measured against: the same model with convolutions where they attend.

    image in [0, 1]                                          [3, 64, 64]
      stem        3x3 convolution, stride 2                  [32, 32, 32]
      down        fused inverted residual, stride 2          [64, 16, 16]
      down        fused inverted residual, stride 2          [128, 8, 8]
      residual    two 3x3 convolutions (ResNet)              [128, 8, 8]
      classifier  mean over the pixels, Linear               [classes]

At 8x8 and a width w, two attention blocks cost 1024 w^2 + 16384 w multiply-accumulates and a
residual block 1152 w^2: the same at 128, and within a few percent around it. So everything that
differs is how the last stage looks around.

Source: He et al. 2015, "Deep Residual Learning for Image Recognition", arXiv:1512.03385, section
3.3 (BasicBlock).
"""

from __future__ import annotations

from torch import Tensor, nn

from edgeattn.models.hybrid import ACTIVATIONS, InvertedResidual, conv_norm


class ResidualBlock(nn.Module):
    """Two dense 3x3 convolutions around which x [batch, width, H, W] goes on unchanged."""

    def __init__(self, width: int, activation: type[nn.Module]) -> None:
        """Make the convolutions."""
        super().__init__()
        self.convolutions = nn.Sequential(
            conv_norm(width, width, 3), activation(), conv_norm(width, width, 3)
        )
        self.activation = activation()

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, activated; same shape."""
        y: Tensor = self.activation(x + self.convolutions(x))
        return y


class Cnn(nn.Module):
    """The model above.

    >>> import torch
    >>> Cnn(classes=10).eval()(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        *,
        classes: int = 10,
        widths: tuple[int, int, int] = (32, 64, 128),
        depth: int = 1,
        expansion: int = 3,
        activation: str = "relu",
    ) -> None:
        """Make the layers.

        Args:
            classes: How many classes.
            widths: Channels of the stem, of the convolutions after it, and of the last stage.
            depth: Residual blocks.
            expansion: How much wider an inverted residual is inside.
            activation: `relu`, `gelu` or `hardswish`, everywhere.
        """
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}; choose {', '.join(ACTIVATIONS)}")
        act = ACTIVATIONS[activation]
        stem, middle, width = widths
        self.stem = nn.Sequential(conv_norm(3, stem, 3, stride=2), act())
        self.convolutions = nn.Sequential(
            InvertedResidual(
                stem, middle, expansion=expansion, activation=act, stride=2, fused=True
            ),
            InvertedResidual(
                middle, width, expansion=expansion, activation=act, stride=2, fused=True
            ),
        )
        self.blocks = nn.Sequential(*(ResidualBlock(width, act) for _ in range(depth)))
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] for images [batch, 3, H, W] in [0, 1]."""
        x = self.stem(x)  # [batch, stem, H/2, W/2]
        x = self.convolutions(x)  # [batch, width, H/8, W/8]
        x = self.blocks(x)  # [batch, width, H/8, W/8]
        x = x.mean((2, 3))  # [batch, width]
        logits: Tensor = self.classifier(x)  # [batch, classes]
        return logits
