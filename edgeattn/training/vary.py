"""One name for every augmentation: samples of any kind -> the same samples, changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Generator, Tensor

from edgeattn.training.augment import Augmentation, augment
from edgeattn.training.augment_audio import AudioAugmentation, augment_audio
from edgeattn.training.augment_motion import MotionAugmentation, augment_motion
from edgeattn.training.augment_text import drop_tokens
from edgeattn.training.crop import CropAndMirror, crop_and_mirror
from edgeattn.training.rand_augment import RandAugment, rand_augment


@dataclass(frozen=True, kw_only=True)
class TextAugmentation:
    """How far a text may be changed.

    Attributes:
        dropped: Share of the pieces that become unknown.
    """

    dropped: float = 0.1

    def __post_init__(self) -> None:
        """Refuse a share that leaves nothing."""
        if not 0 <= self.dropped < 1:
            raise ValueError(f"dropped is {self.dropped}; give 0 (off) to below 1")


Variation = (
    Augmentation
    | RandAugment
    | CropAndMirror
    | AudioAugmentation
    | MotionAugmentation
    | TextAugmentation
)
Normalisation = tuple[Sequence[float], Sequence[float]]  # mean and deviation of each channel

KINDS: dict[type, str] = {
    Augmentation: "photos",
    RandAugment: "photos",
    CropAndMirror: "photos",
    AudioAugmentation: "audio",
    MotionAugmentation: "motion",
    TextAugmentation: "text",
}


def vary(
    x: tuple[Tensor, ...],
    strength: Variation,
    generator: Generator,
    normalisation: Normalisation | None = None,
) -> tuple[Tensor, ...]:
    """Return changed copies of a batch; of several inputs the first is changed.

    Args:
        x: The model's inputs, each [batch, ...]; ids come before their mask.
        strength: How far, and with it the kind of the samples.
        generator: The same seed gives the same copies.
        normalisation: What was done to motion, which turns in real units; None for nothing.
    """
    first, *rest = x
    return (_changed(first, strength, generator, normalisation), *rest)


def _changed(
    x: Tensor, strength: Variation, generator: Generator, normalisation: Normalisation | None
) -> Tensor:
    if isinstance(strength, Augmentation):
        return augment(x, strength, generator)
    if isinstance(strength, RandAugment):
        return rand_augment(x, strength, generator)
    if isinstance(strength, CropAndMirror):
        return crop_and_mirror(x, strength, generator)
    if isinstance(strength, AudioAugmentation):
        return augment_audio(x, strength, generator)
    if isinstance(strength, MotionAugmentation):
        channels = x.shape[1]
        mean, std = normalisation or ([0.0] * channels, [1.0] * channels)
        return augment_motion(x, strength, generator, mean=mean, std=std)
    return drop_tokens(x, strength.dropped, generator)
