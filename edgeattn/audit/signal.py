"""What one sample is, as far as a candidate's layers follow from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

MOST_TOKENS = 64
"""An attention core grows with their square, and gains nothing from int8 (decision 11)."""

MELS = 40  # of edgeattn.models.log_mel
FRAME, HOP = 256, 128


@dataclass(frozen=True)
class Signal:
    """The kind of samples, and their shape.

    Attributes:
        kind: "photos", "audio", "motion" or "text".
        shape: Of one sample's first input: [channels, H, W], [samples], [channels, time], [length].
        classes: How many.
        vocabulary: How many different ids there are; 0 where there is no text.
        masked: Whether a mask of the same shape follows.
    """

    kind: str
    shape: tuple[int, ...]
    classes: int
    vocabulary: int = 0
    masked: bool = False

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of what convolutions see; one row where there is only time.

        >>> Signal("audio", (8000,), 10).grid, Signal("motion", (6, 200), 5).grid
        ((61, 40), (1, 200))
        """
        if self.kind == "photos":
            return self.shape[1], self.shape[2]
        if self.kind == "audio":
            return (self.shape[0] - FRAME) // HOP + 1, MELS
        return 1, self.shape[-1]

    @property
    def flat(self) -> bool:
        """Whether there is but one direction to look in: time."""
        return self.kind in ("motion", "text")

    @property
    def halvings(self) -> int:
        """How often the grid is halved until it has at most `MOST_TOKENS` places.

        >>> Signal("photos", (3, 64, 64), 10).halvings, Signal("motion", (6, 200), 5).halvings
        (3, 2)
        """
        if self.kind == "text":
            return 0  # a piece of a word is a token already
        rows, columns = self.grid
        places = rows * columns
        return max(0, math.ceil(math.log(places / MOST_TOKENS, 2 if self.flat else 4) - 1e-9))

    @property
    def tokens(self) -> tuple[int, int]:
        """Rows and columns of the tokens; what does not fill a patch is left out."""
        rows, columns = self.grid
        return (rows if self.flat else rows >> self.halvings), columns >> self.halvings
