"""Raw audio -> log-mel spectrogram, of nothing but slices, matrix products, a square and a log.

The engines of small devices have no Fourier transform, and `stft` does not survive the way to
TFLite; a matrix of windowed cosines and sines does the same sums. So a bundle takes what the
microphone heard, and no phone needs code of its own that must agree with training.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import linear

MEL_PER_DECADE = 2595.0


class LogMel(nn.Module):
    """Log of the energy in mel bands: [batch, samples] -> [batch, frames, mels].

    Each frame overlaps the next by all but `hop` samples:

        frames = (samples - frame) // hop + 1

    Frames are cut as `frame / hop` shifted views of the signal in steps of `hop`, side by side.
    Cosines, sines, Hann window and scale are one constant matrix D [2 bins, frame], mel bands and
    the sum of real and imaginary energy another, M [mels, 2 bins]:

        log(M (D x)^2 + floor), minus its mean when `centred`

    A signal g times as loud has log g^2 added everywhere, which `centred` takes away again: quiet
    and loud speakers look alike. A sine of full scale gives about 1 in its band.

    Cost: frames * 2 * bins * (frame + mels) multiply-accumulates; the default takes 4.6 million for
    a second at 8 kHz. All of it stays float in int8 files, as everything does that a logarithm is
    taken of: eight bits hold 48 dB of a signal, speech has its quiet parts 60 dB below full scale,
    and energies span twice the decibels (docs/measurements/log-mel.md).

    Source: Davis and Mermelstein 1980; mel scale of O'Shaughnessy 1987 (HTK), triangles without
    area normalisation.

    >>> LogMel()(torch.zeros(2, 8000)).shape
    torch.Size([2, 61, 40])
    """

    dft: Tensor
    mel: Tensor

    def __init__(
        self,
        *,
        rate: int = 8000,
        frame: int = 256,
        hop: int = 128,
        mels: int = 40,
        lowest_hz: float = 40.0,
        highest_hz: float | None = None,
        floor: float = 1e-7,
        centred: bool = True,
    ) -> None:
        """Make the matrices.

        Args:
            rate: Samples per second of the audio.
            frame: Samples a frame looks at, a multiple of `hop`; 256 are 32 ms at 8 kHz.
            hop: Samples from one frame to the next.
            mels: Bands.
            lowest_hz: Where the first band begins.
            highest_hz: Where the last band ends; default half the rate.
            floor: Added before the log; 1e-7 is 70 dB below a sine of full scale.
            centred: Whether each spectrogram's mean is taken off.
        """
        super().__init__()
        if hop < 1 or frame < hop or frame % hop:
            raise ValueError(f"a frame of {frame} is no multiple of the hop {hop}; choose one")
        if floor <= 0:
            raise ValueError(f"floor is {floor}; give more than 0, silence has no logarithm")
        self.frame, self.hop, self.floor, self.centred = frame, hop, floor, centred
        bands = mel_bands(rate, frame, mels, lowest_hz, highest_hz or rate / 2)
        used = np.flatnonzero(bands.any(1))  # bins no band looks at cost nothing
        self.register_buffer("dft", torch.from_numpy(np.concatenate(_fourier(frame, used))))
        self.register_buffer("mel", torch.from_numpy(np.tile(bands[used].T, 2)))

    def forward(self, audio: Tensor) -> Tensor:
        """Return [batch, frames, mels] of audio [batch, samples] in [-1, 1]."""
        samples = audio.shape[1]
        if samples < self.frame:
            raise ValueError(f"{samples} samples are fewer than one frame of {self.frame}")
        count = (samples - self.frame) // self.hop + 1
        shifted = [
            audio[:, shift : shift + count * self.hop].reshape(-1, count, self.hop)
            for shift in range(0, self.frame, self.hop)
        ]  # frame / hop x [batch, frames, hop]
        spectrum = linear(torch.cat(shifted, dim=2), self.dft)  # [batch, frames, 2 bins]
        mels = (linear(spectrum.square(), self.mel) + self.floor).log()  # [batch, frames, mels]
        if not self.centred:
            return mels
        return mels - mels.mean((1, 2), keepdim=True)


def mel_bands(
    rate: int, frame: int, mels: int, lowest_hz: float, highest_hz: float
) -> NDArray[np.float32]:
    """Return the weight of each Fourier bin in each band, float32 [frame // 2 + 1, mels].

    Bands are triangles in Hz between neighbours of `mels + 2` points that are even on the mel scale
    2595 log10(1 + f / 700). A band narrower than a bin would hold none: then there are too many.
    """
    if not 0 <= lowest_hz < highest_hz <= rate / 2:
        raise ValueError(
            f"bands from {lowest_hz:g} to {highest_hz:g} Hz do not fit {rate} samples per second; "
            f"stay between 0 and {rate / 2:g}"
        )
    ends = MEL_PER_DECADE * np.log10(1 + np.array([lowest_hz, highest_hz]) / 700)
    points = 700 * (10 ** (np.linspace(ends[0], ends[1], mels + 2) / MEL_PER_DECADE) - 1)
    bins = np.arange(frame // 2 + 1)[:, None] * rate / frame  # [bins, 1], Hz
    rising = (bins - points[:-2]) / (points[1:-1] - points[:-2])
    falling = (points[2:] - bins) / (points[2:] - points[1:-1])
    bands = np.maximum(0, np.minimum(rising, falling)).astype(np.float32)
    empty = np.flatnonzero(~bands.any(0))
    if empty.size:
        raise ValueError(
            f"{empty.size} of {mels} bands lie between two bins of {rate / frame:.0f} Hz; "
            "take fewer bands or a longer frame"
        )
    return bands


def _fourier(frame: int, bins: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return windowed cosines and sines, float32 [bins, frame]: a sine of full scale gives 1.

    The window is Hann's, periodic. Its sum halves the amplitude at the middle of a bin, and a real
    sine has half its amplitude at the negative frequency: together 2 / sum.
    """
    time = np.arange(frame)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * time / frame)
    window *= 2 / window.sum()
    angle = 2 * np.pi * np.outer(bins, time) / frame
    return (np.cos(angle) * window).astype(np.float32), (np.sin(angle) * window).astype(np.float32)
