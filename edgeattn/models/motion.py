"""What a body does, from two seconds of a phone's or a watch's sensors: 25 tokens of 80 ms.

    window, normalised                                       [6, 200]
      front       what no pocket changes                     [9, 200]
      stem        17 samples with stride 4, 5 with stride 2  [64, 25]
      blocks      over 25 tokens                             [25, 64]
      vote        each token names an activity, the mean     [classes]

What stands in `blocks` is the question that the three models of this family answer: attention and
an MLP (motion-hybrid), convolutions over time (motion-cnn), or a gated recurrent unit (motion-gru).
All else is the same, and so is the number of weights, within 5 %.

A window is called what most of it is, and people change what they do within two seconds: in a third
of these windows no activity has 60 % of the samples. So tokens are not averaged and then classified
but classified and then counted.

Convolutions come first, as in convolution-attention hybrids for wearables (docs/decisions/0011-
model-shape.md says what int8 makes of them); a BatchNorm follows every convolution and Linear, and
folds away.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from edgeattn.models.body_frame import CHANNELS, BodyFrame
from edgeattn.models.hybrid import AttentionBlock
from edgeattn.models.keyword import Recurrence, TimeBlock

BODIES = ("attention", "convolution", "recurrence")
KERNELS, STRIDES = (17, 5), (4, 2)  # a fifth of a second is seen before anything is left out
CERTAIN = 10.0  # logit of a class that all tokens name, where no token does it is 0


def time_conv(width: int, out: int, kernel: int, stride: int) -> nn.Sequential:
    """Return convolution over [batch, width, time], BatchNorm and ReLU."""
    return nn.Sequential(
        nn.Conv1d(width, out, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm1d(out),
        nn.ReLU(),
    )


class Vote(nn.Module):
    """Each token names a class, as a softmax does; what counts is the share of the tokens."""

    def __init__(self, width: int, classes: int) -> None:
        """Make the Linear that names them."""
        super().__init__()
        self.name = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Turn [batch, tokens, width] into logits [batch, classes] from 0 to CERTAIN."""
        votes: Tensor = self.name(x).softmax(-1)  # [batch, tokens, classes]
        return votes.mean(1) * CERTAIN


class Motion(nn.Module):
    """The model above.

    >>> import torch
    >>> Motion(mean=(0.0,) * 6, std=(1.0,) * 6).eval()(torch.zeros(2, 6, 200)).shape
    torch.Size([2, 5])
    """

    def __init__(
        self,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        classes: int = 5,
        body: str = "attention",
        widths: tuple[int, int] = (32, 64),
        depth: int = 1,
        heads: int = 4,
        mlp_ratio: int = 2,
        hidden: int = 80,
    ) -> None:
        """Make the layers.

        Args:
            mean: What was subtracted from each of the six channels, in m/s^2 and rad/s.
            std: What each was divided by then.
            classes: How many classes.
            body: `attention`, `convolution` or `recurrence`.
            widths: Channels of the stem's first convolution, and of the tokens.
            depth: Blocks of attention or convolution.
            heads: Heads of each attention block.
            mlp_ratio: How much wider an MLP, or a block of convolutions, is inside.
            hidden: Channels of the recurrent state.
        """
        super().__init__()
        if body not in BODIES:
            raise ValueError(f"body is {body!r}; choose {', '.join(BODIES)}")
        first, width = widths
        self.front = BodyFrame(mean, std)
        self.stem = nn.Sequential(
            time_conv(CHANNELS, first, KERNELS[0], STRIDES[0]),
            time_conv(first, width, KERNELS[1], STRIDES[1]),
        )
        if body == "recurrence":
            blocks: list[nn.Module] = [Recurrence(width, hidden)]
        elif body == "convolution":
            blocks = [TimeBlock(width, mlp_ratio) for _ in range(depth)]
        else:
            blocks = [
                AttentionBlock(
                    width, heads=heads, mlp_ratio=mlp_ratio, norm="batch", activation=nn.ReLU
                )
                for _ in range(depth)
            ]
        self.blocks = nn.Sequential(*blocks)
        self.vote = Vote(hidden if body == "recurrence" else width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits [batch, classes] for windows [batch, 6, time], normalised."""
        x = self.front(x)  # [batch, CHANNELS, time]
        x = self.stem(x).transpose(1, 2)  # [batch, tokens, width]
        x = self.blocks(x)  # [batch, tokens, width]
        logits: Tensor = self.vote(x)  # [batch, classes]
        return logits
