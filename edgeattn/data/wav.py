"""One WAV file -> samples in [-1, 1]; uncompressed PCM, with the standard library."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeattn_runtime.errors import BadData

SECONDS_LIMIT = 3600  # a header can claim four gigabytes
WIDEST = 4  # bytes a sample; what claims more is no PCM of a microphone


def wav_rate(path: Path) -> int:
    """Return a recording's samples per second."""
    with _opened(path) as file:
        rate = file.getframerate()
    if rate < 1:
        raise BadData(f"{path} claims {rate} samples per second; save it again as PCM")
    return rate


def read_wav(path: Path, rate: int) -> NDArray[np.float32]:
    """Return a recording as float32 [samples] in [-1, 1]; several channels are averaged.

    Full scale is 2^(bits - 1), so that -1 is reached and +1 is one step away; 8-bit files are
    unsigned around 128 (Microsoft, Multimedia Programming Interface 1.0, 1991, "WAVE").

    Args:
        path: 8, 16, 24 or 32 bits a sample.
        rate: Samples per second that are wanted. Another rate is refused: resampling needs a
            filter, and which one it was decides what a model hears.
    """
    with _opened(path, rate) as file:
        channels, width, found = file.getnchannels(), file.getsampwidth(), file.getframerate()
        claimed = file.getnframes()
        if claimed > SECONDS_LIMIT * max(found, 1):
            raise BadData(
                f"{path} claims {claimed / max(found, 1):.0f} seconds, more than "
                f"{SECONDS_LIMIT}; cut it into words"
            )
        if found != rate:
            raise BadData(
                f"{path} has {found} samples per second, the model hears {rate}; convert it "
                f"first, for example `sox IN -r {rate} OUT.wav`, which filters against aliasing"
            )
        if width > WIDEST:
            raise BadData(
                f"{path} claims {8 * width} bits a sample; save it with at most {8 * WIDEST}"
            )
        content = file.readframes(claimed)
    frame = channels * width
    if len(content) != claimed * frame:
        raise BadData(
            f"{path} is cut off: its header says {claimed} samples, {len(content) // frame} are "
            "there; copy the file again"
        )
    if not claimed:
        raise BadData(f"{path} holds no samples; record it again or remove it")
    apart = _to_unit(content, width).reshape(-1, channels)
    return np.asarray(apart.mean(1), np.float32)


@contextmanager
def _opened(path: Path, rate: int = 8000) -> Iterator[wave.Wave_read]:
    """Open a recording; `rate` is for the advice where it is none."""
    try:
        with wave.open(str(path), "rb") as file:
            yield file
    except (OSError, EOFError, RuntimeError, wave.Error) as error:
        # RuntimeError, without a word: a chunk claims more than the file holds.
        raise BadData(
            f"{path} cannot be read as WAV ({str(error) or 'it ends too early'}); save it as "
            f"uncompressed PCM, for example `sox IN -r {rate} -b 16 -c 1 OUT.wav`"
        ) from error


def _to_unit(content: bytes, width: int) -> NDArray[np.float32]:
    """Return little-endian integers of `width` bytes as float32 in [-1, 1)."""
    octets = np.frombuffer(content, np.uint8)
    if width == 1:
        return (octets.astype(np.float32) - 128) / np.float32(128)
    # Into the upper bytes of an int32: the sign then needs no care.
    wide = np.zeros((len(octets) // width, 4), np.uint8)
    wide[:, 4 - width :] = octets.reshape(-1, width)
    return (wide.view("<i4")[:, 0] / 2.0**31).astype(np.float32)
