"""A word in a second of sound: convolutions over its spectrogram, then a sequence of 16 tokens.

    audio in [-1, 1]                                         [8000]
      front       log-mel spectrogram below its loudest      [1, 61, 40]
      stem        two 3x3 convolutions, stride 2             [32, 16, 10]
      fold        3x10 convolution over all frequencies      [64, 16, 1]
      blocks      over 16 tokens of 64 ms; twice             [16, 64]
      classifier  mean over the tokens, Linear               [classes]

What stands in `blocks` is the question that the three models of this family answer: attention and
an MLP (keyword-hybrid), convolutions over time (keyword-cnn), or a gated recurrent unit (keyword-
gru). Front, stem and classifier are the same, and so is the number of weights, within 3 %.

Convolutions come first, as in CNN-attention hybrids for keywords (Rybakov et al. 2020,
arXiv:2005.06720: MHAtt-RNN), where the keyword transformer (Berg et al. 2021, arXiv:2104.00769)
attends to every frame: 3,000 recordings are few to learn from, and neighbours in a spectrogram
belong together. A BatchNorm follows every convolution and Linear, and folds away.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.hybrid import AttentionBlock, conv_norm
from edgeattn.models.log_mel import LogMel

RATE = 8000
BODIES = ("attention", "convolution", "recurrence")


class BelowLoudest(nn.Module):
    """Log-mel spectrogram from 0 (silence) to `reach` (its loudest value).

        relu(log_mel - max(log_mel) + reach)

    Loudness is gone, and so is whatever the room and the microphone add `reach` below the loudest
    vowel: 8 is e^8, 35 dB. Silence is 0, the same that convolutions pad with, so that it does not
    matter where in the clip a word stands.
    """

    def __init__(self, reach: float) -> None:
        """Make the matrices of the spectrogram."""
        super().__init__()
        self.log_mel = LogMel(rate=RATE, centred=False)
        self.reach = reach

    def forward(self, audio: Tensor) -> Tensor:
        """Turn [batch, samples] into [batch, 1, frames, mels]."""
        mels = self.log_mel(audio)
        return torch.relu(mels - mels.amax((1, 2), keepdim=True) + self.reach)[:, None]


class TimeBlock(nn.Module):
    """Convolutions over time where the hybrid attends, added to x [batch, tokens, width].

    As many weights as attention and its MLP together; no token sees further than its neighbours.
    """

    def __init__(self, width: int, ratio: int) -> None:
        """Make the layers; inside there are width * ratio channels."""
        super().__init__()
        wide = width * ratio
        self.look = nn.Sequential(
            nn.Conv2d(width, wide, (3, 1), padding=(1, 0), bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            conv_norm(wide, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the new tokens, same shape."""
        y: Tensor = self.look(x.transpose(1, 2)[..., None])  # [batch, width, tokens, 1]
        return x + y.flatten(2).transpose(1, 2)


class Recurrence(nn.Module):
    """A gated recurrent unit over [batch, tokens, width] -> its states [batch, tokens, hidden].

        r, z = sigmoid(W x + U h)     how much of the state is heard, how much of it stays
        n    = tanh(W x + r * U h)
        h   <- n + z * (h - n)

    Steps are written out, since `nn.GRU` is one operator that neither captures nor quantises; the
    products with x are one Linear over all tokens. Cost per token: 3 hidden (width + hidden).

    Source: Cho et al. 2014, arXiv:1406.1078, in the variant of cuDNN and `nn.GRU`.
    """

    def __init__(self, width: int, hidden: int) -> None:
        """Make the two Linears of the three gates."""
        super().__init__()
        self.hears = nn.Linear(width, 3 * hidden)
        self.remembers = nn.Linear(hidden, 3 * hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Return the state after each token; the first one begins with zeros."""
        reset, keep, new = self.hears(x).chunk(3, dim=-1)
        state = torch.zeros_like(reset[:, 0])
        states = []
        for step in range(x.shape[1]):
            r, z, n = self.remembers(state).chunk(3, dim=-1)
            r = torch.sigmoid(reset[:, step] + r)
            z = torch.sigmoid(keep[:, step] + z)
            n = torch.tanh(new[:, step] + r * n)
            state = n + z * (state - n)
            states.append(state)
        return torch.stack(states, 1)


class Keyword(nn.Module):
    """The model above.

    >>> Keyword(classes=10).eval()(torch.zeros(2, 8000)).shape
    torch.Size([2, 10])
    """

    def __init__(
        self,
        *,
        classes: int = 10,
        body: str = "attention",
        widths: tuple[int, int, int] = (16, 32, 64),
        depth: int = 2,
        heads: int = 4,
        mlp_ratio: int = 2,
        hidden: int = 120,
        reach: float = 8.0,
    ) -> None:
        """Make the layers.

        Args:
            classes: How many classes.
            body: `attention`, `convolution` or `recurrence`.
            widths: Channels of the stem's convolutions, and of the tokens.
            depth: Blocks of attention or convolution.
            heads: Heads of each attention block.
            mlp_ratio: How much wider an MLP, or a block of convolutions, is inside.
            hidden: Channels of the recurrent state.
            reach: How far below the loudest value of the spectrogram silence begins, as exponent.
        """
        super().__init__()
        if body not in BODIES:
            raise ValueError(f"body is {body!r}; choose {', '.join(BODIES)}")
        first, second, width = widths
        self.front = BelowLoudest(reach)
        self.stem = nn.Sequential(
            conv_norm(1, first, 3, stride=2), nn.ReLU(),
            conv_norm(first, second, 3, stride=2), nn.ReLU(),
        )  # fmt: skip
        bands = -(-self.front.log_mel.mel.shape[0] // 4)
        self.fold = nn.Sequential(
            nn.Conv2d(second, width, (3, bands), padding=(1, 0), bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )
        if body == "recurrence":
            self.blocks = nn.Sequential(Recurrence(width, hidden))
        elif body == "convolution":
            self.blocks = nn.Sequential(*(TimeBlock(width, mlp_ratio) for _ in range(depth)))
        else:
            self.blocks = nn.Sequential(
                *(
                    AttentionBlock(
                        width, heads=heads, mlp_ratio=mlp_ratio, norm="batch", activation=nn.ReLU
                    )
                    for _ in range(depth)
                )
            )
        self.classifier = nn.Linear(hidden if body == "recurrence" else width, classes)

    def forward(self, audio: Tensor) -> Tensor:
        """Return logits [batch, classes] for audio [batch, samples] in [-1, 1]."""
        x = self.front(audio)  # [batch, 1, frames, mels]
        x = self.fold(self.stem(x))  # [batch, width, frames / 4, 1]
        x = x.flatten(2).transpose(1, 2)  # [batch, tokens, width]
        x = self.blocks(x)  # [batch, tokens, width]
        logits: Tensor = self.classifier(x.mean(1))  # [batch, classes]
        return logits
