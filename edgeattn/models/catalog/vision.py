"""Photos: which models of the zoo look at them."""

from __future__ import annotations

from functools import partial
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


def _vit(**arguments: Any) -> nn.Module:
    from edgeattn.models.vit import VisionTransformer

    return VisionTransformer(**arguments)


def _cnn(**arguments: Any) -> nn.Module:
    from edgeattn.models.cnn import Cnn

    return Cnn(**arguments)


def _cifar(**arguments: Any) -> nn.Module:
    from edgeattn.models.cifar_hybrid import CifarHybrid

    return CifarHybrid(**arguments)


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
    "gesture-hybrid-xs": ZooEntry(
        summary="gesture-hybrid with half its widths: about a quarter of the multiplications.",
        build=partial(_hybrid, widths=(16, 32, 64), heads=2),
        dataset="gestures",
        preprocessing=photo_steps(64, 64),
        input_shape=(1, 3, 64, 64),
        checkpoint="gesture-hybrid-xs.pt",
        accuracy=539 / 545,
        params=111_162,
        macs=10_011_264,
    ),
    "gesture-vit": ZooEntry(
        summary="A pure transformer over 64 patches of 8x8 pixels, taught by gesture-hybrid.",
        teacher="gesture-hybrid",
        build=_vit,
        dataset="gestures",
        preprocessing=photo_steps(64, 64),
        input_shape=(1, 3, 64, 64),
        checkpoint="gesture-vit.pt",
        accuracy=526 / 545,
        params=326_026,
        macs=23_200_704,
        half=True,
    ),
    "gesture-cnn": ZooEntry(
        summary="gesture-hybrid with a residual block of convolutions where it attends.",
        build=_cnn,
        dataset="gestures",
        preprocessing=photo_steps(64, 64),
        input_shape=(1, 3, 64, 64),
        checkpoint="gesture-cnn.pt",
        accuracy=543 / 545,
        params=467_562,
        macs=37_061_888,
        baseline_for="gesture-hybrid",
        half=True,
    ),
    "cifar-hybrid": ZooEntry(
        summary="Convolutions, then attention over 64 tokens: ten classes of 32x32 photos.",
        build=_cifar,
        dataset="cifar10_jpeg",
        preprocessing=photo_steps(32, 32),
        input_shape=(1, 3, 32, 32),
        checkpoint=None,
        accuracy=None,
        params=236_266,
        macs=20_067_264,
    ),
    "cifar-cnn": ZooEntry(
        summary="cifar-hybrid with one more convolution where it attends.",
        build=partial(_cifar, attend=False),
        dataset="cifar10_jpeg",
        preprocessing=photo_steps(32, 32),
        input_shape=(1, 3, 32, 32),
        checkpoint=None,
        accuracy=None,
        params=242_218,
        macs=19_760_064,
        baseline_for="cifar-hybrid",
    ),
}
