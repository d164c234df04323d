"""A pure vision transformer for small images, the whole model on this page.

    image in [0, 1]                                              [3, 64, 64]
      patches     8x8 convolution, stride 8: one token each      [96, 8, 8]
      places      a learned vector is added to each token        [64, 96]
      attention   over 64 tokens, then an MLP; four times        [64, 96]
      classifier  mean over the tokens, Linear                   [classes]

Nothing but attention looks beyond a patch, so what convolutions know from their shape (neighbours
belong together) must be learnt here: from many photos, or from a teacher that has convolutions
(DeiT, Touvron et al. 2021). There is no class token: the mean over all tokens classifies as well
(Beyer et al. 2022, "Better plain ViT baselines") and leaves an even number of tokens. As in
edgeattn.models.hybrid, norm="batch" puts a BatchNorm behind the patches and every Linear, which
folds into its weights at export; norm="layer" gives the usual pre-norm blocks.

Source: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", arXiv:2010.11929.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.hybrid import ACTIVATIONS, NORMS, AttentionBlock


class VisionTransformer(nn.Module):
    """The model above.

    >>> VisionTransformer(classes=10).eval()(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        *,
        classes: int = 10,
        side: int = 64,
        patch: int = 8,
        width: int = 96,
        depth: int = 4,
        heads: int = 3,
        mlp_ratio: int = 2,
        norm: str = "batch",
        activation: str = "relu",
    ) -> None:
        """Make the layers.

        Args:
            classes: How many classes.
            side: Of the images, in pixels.
            patch: Side of a patch, in pixels; a whole number of them fills the image.
            width: Channels of a token.
            depth: Attention blocks.
            heads: Heads of each attention block.
            mlp_ratio: How much wider an MLP is inside.
            norm: `batch` or `layer`, see above.
            activation: `relu`, `gelu` or `hardswish`, of the MLPs.
        """
        super().__init__()
        if norm not in NORMS:
            raise ValueError(f"norm is {norm!r}; choose {' or '.join(NORMS)}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}; choose {', '.join(ACTIVATIONS)}")
        if patch < 1 or side < patch or side % patch:
            raise ValueError(f"patches of {patch} pixels do not fill a side of {side}")
        self.side = side
        self.patches = nn.Sequential(
            nn.Conv2d(3, width, patch, patch, bias=norm != "batch"),
            nn.BatchNorm2d(width) if norm == "batch" else nn.Identity(),
        )
        self.places = nn.Parameter(torch.empty(1, (side // patch) ** 2, width))
        nn.init.trunc_normal_(self.places, std=0.02)  # as in the reference code
        self.blocks = nn.Sequential(
            *(
                AttentionBlock(
                    width,
                    heads=heads,
                    mlp_ratio=mlp_ratio,
                    norm=norm,
                    activation=ACTIVATIONS[activation],
                )
                for _ in range(depth)
            )
        )
        self.last_norm = nn.Identity() if norm == "batch" else nn.LayerNorm(width)
        self.classifier = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] for images [batch, 3, side, side] in [0, 1]."""
        if x.shape[2:] != (self.side, self.side):
            raise ValueError(
                f"images of {list(x.shape[2:])} pixels have other places than those learnt for "
                f"{[self.side, self.side]}; resize them, or build with another `side`"
            )
        x = self.patches(x)  # [batch, width, side/patch, side/patch]
        x = x.flatten(2).transpose(1, 2)  # [batch, tokens, width]
        x = self.blocks(x + self.places)  # [batch, tokens, width]
        x = self.last_norm(x).mean(1)  # [batch, width]
        logits: Tensor = self.classifier(x)  # [batch, classes]
        return logits
