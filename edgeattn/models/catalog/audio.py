"""Sound: which models of the zoo hear it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from edgeattn.models.catalog.entry import Steps, ZooEntry

if TYPE_CHECKING:
    from torch import nn

RATE = 8000

# The spectrogram is part of the model: what a microphone heard goes in as it is.
STEPS: Steps = ({"step": "frames", "rate": RATE, "samples": RATE},)


def _keyword(**arguments: Any) -> nn.Module:
    from edgeattn.models.keyword import Keyword

    return Keyword(**arguments)


AUDIO: dict[str, ZooEntry] = {
    "keyword-hybrid": ZooEntry(
        summary="Convolutions, then attention over 16 tokens: ten spoken digits in raw audio.",
        build=_keyword,
        dataset="fsdd",
        preprocessing=STEPS,
        input_shape=(1, RATE),
        checkpoint="keyword-hybrid.pt",
        accuracy=298 / 300,
        params=134_394,
        macs=7_474_464,
    ),
    "keyword-cnn": ZooEntry(
        summary="keyword-hybrid with convolutions over time where it attends.",
        build=partial(_keyword, body="convolution"),
        dataset="fsdd",
        preprocessing=STEPS,
        input_shape=(1, RATE),
        checkpoint="keyword-cnn.pt",
        accuracy=298 / 300,
        params=133_370,
        macs=7_408_928,
        baseline_for="keyword-hybrid",
        half=True,
    ),
    "keyword-gru": ZooEntry(
        summary="keyword-hybrid with a recurrent unit where it attends, its 16 steps written out.",
        build=partial(_keyword, body="recurrence"),
        dataset="fsdd",
        preprocessing=STEPS,
        input_shape=(1, RATE),
        checkpoint="keyword-gru.pt",
        accuracy=297 / 300,
        params=134_586,
        macs=7_420_752,
        baseline_for="keyword-hybrid",
        half=True,
    ),
}
