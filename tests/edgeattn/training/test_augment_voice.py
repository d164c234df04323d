from __future__ import annotations

import torch
from torch import Tensor

from edgeattn.training.augment_audio import AudioAugmentation, augment_audio
from edgeattn.training.augment_voice import BINS, FRAME, HOP, augment_voice

EDGE = FRAME  # the first and last frames reach beyond the clip


def seed(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def vowel(formant: float, pitch: float = 100.0, samples: int = 4000) -> Tensor:
    """Return harmonics of `pitch` under one formant, [1, samples]."""
    hertz = torch.arange(1, 39) * pitch
    height = torch.exp(-(((hertz - formant) / 300) ** 2))
    time = torch.arange(samples) / 8000
    waves = height[:, None] * torch.sin(2 * torch.pi * hertz[:, None] * time)
    sound: Tensor = 0.1 * waves.sum(0, keepdim=True)
    return sound


def spectrum(clip: Tensor) -> Tensor:
    """Return magnitudes of the middle, 2 Hz a bin."""
    return torch.fft.rfft(clip[0, EDGE:-EDGE] * torch.hann_window(clip.shape[1] - 2 * EDGE)).abs()


def formant_of(clip: Tensor) -> float:
    """Return the centre of energy, in Hz."""
    power = spectrum(clip).square()
    hertz = torch.linspace(0, 4000, len(power))
    return float((power * hertz).sum() / power.sum())


def test_without_any_strength_clips_stay_as_they_are() -> None:
    clips = torch.randn(3, 2000, generator=seed(1))
    # a transform there and back in float32, of values around 1
    changed = augment_voice(clips, seed(), formants=0.0, equaliser_db=0.0)
    torch.testing.assert_close(changed, clips, rtol=0, atol=1e-5)


def test_the_same_seed_gives_the_same_clips_and_another_gives_others() -> None:
    clips = torch.randn(3, 2000, generator=seed(1))

    def changed(number: int) -> Tensor:
        return augment_voice(clips, seed(number), formants=0.2, equaliser_db=10.0)

    assert torch.equal(changed(3), changed(3))
    assert not torch.equal(changed(3), changed(4))


def test_formants_move_and_the_pitch_stays() -> None:
    sound = vowel(1500)
    found = [augment_voice(sound, seed(n), formants=0.2, equaliser_db=0.0) for n in range(8)]
    centres = [formant_of(clip) for clip in found]
    # 1500 Hz times exp(-0.2) to exp(0.2) is 1228 to 1832; the envelope is smoothed over 400 Hz
    assert min(centres) < 1400
    assert max(centres) > 1600
    assert 1150 < min(centres) < max(centres) < 1900
    for clip in found:
        strongest = float(spectrum(clip).argmax()) * 8000 / (sound.shape[1] - 2 * EDGE)
        assert abs(strongest - 100 * round(strongest / 100)) < 4  # still a harmonic of 100 Hz


def test_the_equaliser_is_a_smooth_curve_within_its_reach() -> None:
    noise = torch.randn(1, 40_000, generator=seed(1))
    changed = augment_voice(noise, seed(2), formants=0.0, equaliser_db=10.0)

    def bands(clip: Tensor) -> Tensor:
        power = torch.stft(clip, FRAME, HOP, window=torch.hann_window(FRAME), return_complex=True)
        return power.abs().square().mean(2)[0]

    gain_db = 10 * torch.log10(bands(changed) / bands(noise))
    # a frame's Hann window smears each bin over its two neighbours
    assert gain_db.abs().max() < 10.5
    assert gain_db.max() - gain_db.min() > 3
    assert gain_db.diff().abs().max() < 1.5


def test_a_hidden_band_is_gone() -> None:
    noise = torch.randn(1, 40_000, generator=seed(1))
    hidden = torch.zeros(1, BINS, dtype=torch.bool)
    hidden[:, 40:80] = True
    changed = augment_voice(noise, seed(), formants=0.0, equaliser_db=0.0, hidden=hidden)
    power = torch.stft(changed, FRAME, HOP, window=torch.hann_window(FRAME), return_complex=True)
    level = power.abs().square().mean(2)[0]
    assert level[45:75].max() < 1e-2 * level[85:].min()


def test_silence_stays_silence() -> None:
    strength = AudioAugmentation(formants=0.2, equaliser_db=10.0)
    assert not augment_audio(torch.zeros(2, 2000), strength, seed()).any()


def test_audio_augmentation_changes_voices_only_when_asked_to() -> None:
    clips = torch.randn(2, 2000, generator=seed(1)).clamp(-1, 1) * 0.3
    plain = augment_audio(clips, AudioAugmentation(), seed(5))
    assert torch.equal(
        plain, augment_audio(clips, AudioAugmentation(formants=0.0, equaliser_db=0.0), seed(5))
    )
    other = augment_audio(clips, AudioAugmentation(formants=0.2, equaliser_db=10.0), seed(5))
    assert other.shape == clips.shape
    assert other.abs().max() <= 1
    assert not torch.equal(plain, other)
