"""Recordings of any length -> clips of one length, with silence and overload noticed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edgeattn_runtime.errors import BadData

QUIETEST = 1e-4
"""A peak below -80 dB of full scale is three steps of 16 bits: nobody spoke."""

FULL_SCALE = 1 - 2**-14
"""What a 16-bit recording reaches only where it was, or nearly was, cut off."""


def fit_length(recording: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Return a recording as exactly `samples` samples.

    A shorter one gets zeros on both sides, the odd one behind. Of a longer one the stretch with
    the most energy is kept: the ends of a long recording are breath and room.

    >>> fit_length(np.array([1, 2, 3], np.float32), 6).tolist()
    [0.0, 1.0, 2.0, 3.0, 0.0, 0.0]
    >>> fit_length(np.array([0, 1, 2, 3, 0], np.float32), 3).tolist()
    [1.0, 2.0, 3.0]
    """
    surplus = len(recording) - samples
    if surplus <= 0:
        before = -surplus // 2
        return np.pad(recording, (before, -surplus - before))
    energy = np.concatenate([[0.0], np.cumsum(np.square(recording, dtype=np.float64))])
    start = int(np.argmax(energy[samples:] - energy[: surplus + 1]))
    return recording[start : start + samples]


def check_audible(recordings: Sequence[NDArray[np.float32]], names: Sequence[str]) -> None:
    """Refuse recordings in which nothing is to be heard: they only teach a model to guess."""
    silent = [name for name, sound in zip(names, recordings, strict=True) if is_silent(sound)]
    if silent:
        shown = ", ".join(silent[:3]) + (", ..." if len(silent) > 3 else "")
        raise BadData(
            f"{len(silent)} of {len(names)} recordings are silent ({shown}): nothing in them "
            f"reaches {QUIETEST:g} of full scale; remove them or record them again"
        )


def count_clipped(recordings: Sequence[NDArray[np.float32]]) -> int:
    """Return how many recordings reach full scale, where loud speech is cut off flat.

    They are kept: a microphone in use clips as well.
    """
    return sum(bool(np.abs(sound).max() >= FULL_SCALE) for sound in recordings)


def is_silent(sound: NDArray[np.float32]) -> bool:
    """Tell whether nothing is to be heard; a microphone's offset is no sound."""
    return float(np.abs(sound - sound.mean()).max()) < QUIETEST
