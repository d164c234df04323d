"""Photos: which models of the zoo look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edgeattn.models.catalog.entry import Steps, ZooEntry

if TYPE_CHECKING:
    from torch import nn


def photo_steps(height: int, width: int) -> Steps:
    """Return the steps from a decoded photo, uint8, to float32 [1, 3, height, width] in [0, 1]."""
    return (
        {"step": "resize", "size": [height, width]},
        {"step": "cast", "dtype": "float32"},
        {"step": "scale", "factor": 1 / 255},
        {"step": "transpose", "axes": [0, 3, 1, 2]},
    )


def _hybrid(**arguments: Any) -> nn.Module:
    from edgeattn.models.hybrid import Hybrid

    return Hybrid(**arguments)


VISION: dict[str, ZooEntry] = {
    "gesture-hybrid": ZooEntry(
        summary="Convolutions, then attention over 64 tokens: ten hand signs in 64x64 photos.",
        build=_hybrid,
        dataset="gestures",
        preprocessing=photo_steps(64, 64),
        input_shape=(1, 3, 64, 64),
        checkpoint="gesture-hybrid.pt",
        accuracy=537 / 545,
        params=437_866,
        macs=37_061_888,
    ),
}
