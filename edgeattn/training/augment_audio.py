"""Recordings as they might also have been made: earlier, faster, louder, noisier, half heard.

SpecAugment (Park et al. 2019, arXiv:1904.08779) hides stretches of time and bands of frequency in a
spectrogram. Here both are hidden in the samples, since models take raw audio: a stretch becomes
silence, a band is taken out of the Fourier transform of the whole clip. `spec_augment` does the
same to a spectrogram, for a model that is trained behind its front end.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn.functional import pad

from edgeattn.training.augment_voice import BINS, augment_voice


@dataclass(frozen=True, kw_only=True)
class AudioAugmentation:
    """How far a recording may be changed; each draw is uniform and differs from clip to clip.

    Attributes:
        shift: Share of the clip, to either side.
        speed: exp(-speed) to exp(speed) times as fast, and with it the pitch: another voice.
        gain_db: Louder or quieter; what would pass full scale is cut off, as a microphone does.
        noise_db: White noise, at most this far below the clip's own level; None for none.
        time_masks: How many stretches are silenced.
        time_share: Longest stretch, as a share of the clip.
        band_masks: How many bands are taken out.
        band_share: Widest band, as a share of all frequencies.
        formants: A vocal tract exp(-formants) to exp(formants) times as short, at the same pitch.
        equaliser_db: How far a curve over frequency is from flat: another microphone and room.
    """

    shift: float = 0.1
    speed: float = 0.15
    gain_db: float = 12.0
    noise_db: float | None = 15.0
    time_masks: int = 1
    time_share: float = 0.1
    band_masks: int = 2
    band_share: float = 0.1
    formants: float = 0.0
    equaliser_db: float = 0.0


def augment_audio(clips: Tensor, strength: AudioAugmentation, generator: Generator) -> Tensor:
    """Return changed copies of `clips`, float32 [batch, samples] in [-1, 1]."""
    changed = _move(clips, strength, generator)
    if strength.formants or strength.equaliser_db:
        changed = _another_voice(changed, strength, generator)
    else:
        changed = _without_bands(changed, strength, generator)
    gain = 10 ** (_draw(len(clips), strength.gain_db, generator) / 20)
    changed = changed * gain[:, None]
    if strength.noise_db is not None:
        changed = changed + _noise(changed, strength.noise_db, generator)
    heard = ~_hidden(
        len(clips), clips.shape[1], strength.time_masks, strength.time_share, generator
    )
    return (changed * heard).clamp(-1, 1)


def spec_augment(
    spectra: Tensor,
    generator: Generator,
    *,
    time_masks: int = 1,
    time_share: float = 0.1,
    band_masks: int = 2,
    band_share: float = 0.1,
) -> Tensor:
    """Return `spectra` [batch, frames, bands] with stretches and bands at each one's mean."""
    count, frames, bands = spectra.shape
    hidden = _hidden(count, frames, time_masks, time_share, generator)[:, :, None]
    hidden = hidden | _hidden(count, bands, band_masks, band_share, generator)[:, None, :]
    return torch.where(hidden, spectra.mean((1, 2), keepdim=True), spectra)


def _move(clips: Tensor, strength: AudioAugmentation, generator: Generator) -> Tensor:
    """Shift and change the speed in one resampling, linear; beyond the ends is silence."""
    count, samples = clips.shape
    speed = torch.exp(_draw(count, strength.speed, generator))[:, None]
    shift = _draw(count, strength.shift, generator)[:, None] * samples
    middle = (samples - 1) / 2
    place = (torch.arange(samples) - middle) * speed + middle + shift  # [batch, samples]
    left = place.floor()
    share = place - left
    quiet = pad(clips, (1, 1))
    index = (left.long() + 1).clamp(0, samples)
    outside = (place < -1) | (place >= samples)
    moved = quiet.gather(1, index) * (1 - share) + quiet.gather(1, index + 1) * share
    return moved.masked_fill(outside, 0.0)


def _another_voice(clips: Tensor, strength: AudioAugmentation, generator: Generator) -> Tensor:
    """Take bands out of each frame's spectrum, where formants and microphone are changed too."""
    return augment_voice(
        clips,
        generator,
        formants=strength.formants,
        equaliser_db=strength.equaliser_db,
        hidden=_hidden(len(clips), BINS, strength.band_masks, strength.band_share, generator),
    )


def _without_bands(clips: Tensor, strength: AudioAugmentation, generator: Generator) -> Tensor:
    if not strength.band_masks:
        return clips
    spectrum = torch.fft.rfft(clips)
    hidden = _hidden(
        len(clips), spectrum.shape[1], strength.band_masks, strength.band_share, generator
    )
    kept: Tensor = torch.fft.irfft(spectrum.masked_fill(hidden, 0), n=clips.shape[1])
    return kept


def _noise(clips: Tensor, nearest_db: float, generator: Generator) -> Tensor:
    """Return noise from `nearest_db` to 40 dB below each clip's own level."""
    level = clips.square().mean(1, keepdim=True).sqrt()
    below_db = nearest_db + torch.rand(len(clips), 1, generator=generator) * max(
        0.0, 40 - nearest_db
    )
    return torch.randn(clips.shape, generator=generator) * level * 10 ** (-below_db / 20)


def _hidden(count: int, length: int, masks: int, share: float, generator: Generator) -> Tensor:
    """Return which places are hidden, bool [count, length]; each mask has a width of its own."""
    place = torch.arange(length)
    hidden = torch.zeros(count, length, dtype=torch.bool)
    for _ in range(masks):
        width = torch.rand(count, 1, generator=generator) * share * length
        start = torch.rand(count, 1, generator=generator) * (length - width)
        hidden |= (place >= start) & (place < start + width)
    return hidden


def _draw(count: int, reach: float, generator: Generator) -> Tensor:
    """Return `count` numbers between -reach and reach."""
    return (torch.rand(count, generator=generator) * 2 - 1) * reach
