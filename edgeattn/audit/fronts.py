"""Where all candidates begin: samples as they come -> a map of channels, the same for all of them.

    photos   as they are                                     [channels, H, W]
    audio    log-mel spectrogram below its loudest           [1, frames, mels]
    motion   as it is                                        [channels, 1, time]
    text     a row of a table for every piece, no padding    [64, 1, length]

So what a comparison finds is due to what comes behind.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.audit.signal import Signal
from edgeattn.models.keyword import BelowLoudest

REACH = 8.0  # of edgeattn.models.keyword, where it was chosen
EMBEDDING = 64


class Front(nn.Module):
    """The map of a sample, and where it stands: [batch, channels, rows, columns], [batch, columns].

    What stands is None but for text with a mask.
    """

    def __init__(self, signal: Signal) -> None:
        """Make what turns that kind of samples into a map."""
        super().__init__()
        self.kind = signal.kind
        self.channels = {"photos": signal.shape[0], "audio": 1, "text": EMBEDDING}.get(
            signal.kind, signal.shape[0]
        )
        self.layer: nn.Module = nn.Identity()
        if signal.kind == "audio":
            self.layer = BelowLoudest(REACH)
        if signal.kind == "text":
            self.layer = nn.Embedding(signal.vocabulary, EMBEDDING)
            nn.init.normal_(self.layer.weight, std=0.02)  # as BERT's

    def forward(self, x: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Return map and mask of samples as `Signal` describes them."""
        found: Tensor = self.layer(x)
        if self.kind == "motion":
            found = found[:, :, None]
        if self.kind == "text":
            if mask is not None:
                found = found * mask[:, :, None]
            found = found.transpose(1, 2)[:, :, None]
        return found, mask


def noise(signal: Signal) -> tuple[Tensor, ...]:
    """Return one sample that means nothing, batch first, to count a model's work with."""
    if signal.kind == "text":
        ids = torch.zeros((1, *signal.shape), dtype=torch.int32)
        return (ids, torch.ones((1, *signal.shape))) if signal.masked else (ids,)
    return (torch.rand((1, *signal.shape), generator=torch.Generator().manual_seed(0)),)
