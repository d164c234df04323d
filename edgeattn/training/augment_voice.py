"""The same words from another throat, in another room, through another microphone.

All of it is done in one short-time Fourier transform: each frame's spectrum X(f) is multiplied by a
gain over frequency and transformed back.

    formants     E(f / a) / E(f): the envelope E is stretched along frequency, as a shorter or
                 longer vocal tract stretches it; the harmonics under it, and the pitch, stay
    equaliser    a random curve through a few points
    bands        nothing of some frequencies, as in SpecAugment

Speed (`augment_audio`) moves pitch, formants and tempo together; with formants by themselves, a
voice may be low and small or high and large. Five speakers then sound like many.

Source: Jaitly & Hinton 2013, "Vocal Tract Length Perturbation improves speech recognition", who
stretch the frequency axis of a spectrogram, harmonics and all.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor

FRAME = 256  # samples: 32 ms at 8 kHz, as LogMel's
HOP = 128
BINS = FRAME // 2 + 1
ENVELOPE = 13  # bins, 400 Hz at 8 kHz: wider than two harmonics of a voice, narrower than formants
MOST_GAIN = 10.0  # 20 dB: between formants an envelope falls deeply, and what is there is noise
POINTS = 5  # of the equaliser's curve, evenly from 0 to half the rate


def augment_voice(
    clips: Tensor,
    generator: Generator,
    *,
    formants: float,
    equaliser_db: float,
    hidden: Tensor | None = None,
) -> Tensor:
    """Return changed copies of `clips`, float32 [batch, samples].

    Args:
        clips: Recordings.
        generator: The same seed gives the same copies.
        formants: exp(-formants) to exp(formants) times as high.
        equaliser_db: Each point of the curve is at most so far above or below.
        hidden: Which frequencies are taken out, bool [batch, BINS].
    """
    window = torch.hann_window(FRAME)
    spectrum = torch.stft(
        clips, FRAME, HOP, window=window, pad_mode="constant", return_complex=True
    )  # [batch, bins, frames]
    gain = torch.ones(len(clips), BINS, 1)
    if equaliser_db:
        points = _draw((len(clips), POINTS, 1), equaliser_db, generator)
        place = torch.linspace(0, POINTS - 1, BINS).expand(len(clips), -1)
        gain = 10 ** (_reading(place, POINTS) @ points / 20)
    if hidden is not None:
        gain = gain.masked_fill(hidden[:, :, None], 0.0)
    if formants:
        ratio = torch.exp(_draw((len(clips), 1), formants, generator))
        gain = gain * _stretching(spectrum.abs(), ratio)  # [batch, bins, frames]
    changed: Tensor = torch.istft(spectrum * gain, FRAME, HOP, window=window, length=clips.shape[1])
    return changed


def _stretching(magnitude: Tensor, ratio: Tensor) -> Tensor:
    """Return the gain that moves the envelope of each frame from f to f * ratio.

    Args:
        magnitude: [batch, bins, frames].
        ratio: [batch, 1].
    """
    bins = torch.arange(BINS, dtype=torch.float32)
    near = ((bins[:, None] - bins).abs() <= ENVELOPE // 2).float()
    envelope = (near / near.sum(1, keepdim=True)) @ magnitude
    moved = _reading(bins / ratio, BINS) @ envelope
    return (moved / (envelope + 1e-6)).clamp(max=MOST_GAIN)


def _reading(place: Tensor, points: int) -> Tensor:
    """Return the matrix that reads values at `place`, linearly between its two neighbours.

    [batch, n] -> [batch, n, points]; beyond the last point is the last value. As a product with a
    matrix this is twice as fast as gathering.
    """
    places = place.clamp(0, points - 1)[:, :, None]
    return (1 - (torch.arange(points) - places).abs()).clamp(min=0)


def _draw(shape: tuple[int, ...], reach: float, generator: Generator) -> Tensor:
    """Return numbers between -reach and reach."""
    return (torch.rand(shape, generator=generator) * 2 - 1) * reach
