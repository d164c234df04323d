"""Samples from a folder's WAV files: one length, one rate, [-1, 1], nothing silent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.sound import QUIETEST, fit_length, is_silent
from edgeattn.data.wav import read_wav, wav_rate
from edgeattn_runtime.errors import BadData


@dataclass(frozen=True)
class Clip:
    """What a model hears at once.

    Attributes:
        samples: How many; shorter recordings get silence on both sides, longer ones lose theirs.
        rate: Samples per second; None takes what the first file of a folder has.
    """

    samples: int
    rate: int | None = None

    def __post_init__(self) -> None:
        """Refuse a clip in which nothing fits."""
        if self.samples < 1 or (self.rate is not None and self.rate < 1):
            raise ValueError(f"{self.samples} samples at {self.rate} Hz hold no sound; give more")


def clip_of(shape: Sequence[int], steps: Sequence[Mapping[str, Any]]) -> Clip | None:
    """Return what a model hears whose input is [batch, samples]; None when it hears nothing.

    Args:
        shape: Of its first input, batch first.
        steps: Its preprocessing; a `frames` step tells the rate.

    >>> clip_of((1, 8000), [{"step": "frames", "rate": 8000}])
    Clip(samples=8000, rate=8000)
    """
    if len(shape) != 2 or any(step["step"] == "tokenize" for step in steps):
        return None
    rates = [step.get("rate") for step in steps if step["step"] == "frames"]
    return Clip(int(shape[1]), rates[0] if rates else None)


def read_recordings(
    files: Sequence[Path], folder: Path, clip: Clip
) -> tuple[NDArray[np.float32], NDArray[np.bool_], tuple[str, ...]]:
    """Return clips [good files, samples], which files are good, and what is wrong with the others.

    Args:
        files: WAV files.
        folder: They lie under it; messages name them from there.
        clip: The length, and the rate all of them must have.
    """
    clips: list[NDArray[np.float32]] = []
    good = np.ones(len(files), np.bool_)
    broken: list[str] = []
    rate = clip.rate
    for index, file in enumerate(files):
        name = file.relative_to(folder).as_posix()
        try:
            rate = rate or wav_rate(file)
            sound = read_wav(file, rate)
            if is_silent(sound):
                raise BadData(f"{file} is silent, nothing in it reaches {QUIETEST:g} of full scale")
            clips.append(fit_length(sound, clip.samples))
        except BadData as error:
            broken.append(f"{name} ({str(error).removeprefix(f'{file} ')})")
            good[index] = False
    x = np.stack(clips) if clips else np.zeros((0, clip.samples), np.float32)
    return x, good, tuple(broken)
