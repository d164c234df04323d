from __future__ import annotations

import torch

from edgeattn.training.augment_audio import AudioAugmentation, augment_audio, spec_augment

STILL = AudioAugmentation(shift=0, speed=0, gain_db=0, noise_db=None, time_masks=0, band_masks=0)


def clips(count: int = 4, samples: int = 800) -> torch.Tensor:
    return 0.3 * torch.randn(count, samples, generator=torch.Generator().manual_seed(1)).clamp(
        -3, 3
    )


def tone(hertz: float, samples: int = 800) -> torch.Tensor:
    return 0.5 * torch.sin(2 * torch.pi * hertz * torch.arange(samples) / 8000)[None]


def seed(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


def still(**changes: float | int) -> AudioAugmentation:
    return AudioAugmentation(**{**STILL.__dict__, **changes})


def test_without_any_strength_clips_stay_as_they_are() -> None:
    # read at their own places; the place is a float32 of up to 800
    torch.testing.assert_close(augment_audio(clips(), STILL, seed()), clips(), rtol=0, atol=1e-4)


def test_the_same_seed_gives_the_same_clips_and_another_gives_others() -> None:
    first = augment_audio(clips(), AudioAugmentation(), seed(3))
    assert torch.equal(first, augment_audio(clips(), AudioAugmentation(), seed(3)))
    assert not torch.equal(first, augment_audio(clips(), AudioAugmentation(), seed(4)))


def test_samples_stay_in_the_unit_range_and_the_original_stays_untouched() -> None:
    sound = clips()
    before = sound.clone()
    changed = augment_audio(sound, AudioAugmentation(gain_db=40), seed())
    assert changed.shape == sound.shape
    assert changed.abs().max() == 1
    assert torch.equal(sound, before)


def test_a_shifted_clip_has_silence_where_nothing_was_recorded() -> None:
    sound = torch.ones(1, 1000)
    changed = augment_audio(sound, still(shift=0.3), seed(1))
    silent = (changed == 0).sum()
    assert 0 < silent <= 301
    assert bool((changed[0, 0] == 0) ^ (changed[0, -1] == 0))


def test_speed_moves_the_pitch() -> None:
    peaks = {
        int(torch.fft.rfft(augment_audio(tone(1000), still(speed=0.2), seed(n))).abs().argmax())
        for n in range(8)
    }
    # 10 Hz a bin: 1000 Hz times exp(-0.2) to exp(0.2)
    assert len(peaks) > 3
    assert 80 <= min(peaks) < 100 < max(peaks) <= 123


def test_a_band_that_is_taken_out_is_gone_and_the_others_stay() -> None:
    sound = clips(1)
    spectrum = torch.fft.rfft(augment_audio(sound, still(band_masks=1, band_share=0.3), seed(2)))
    share = spectrum.abs() / torch.fft.rfft(sound).abs()
    # float32 Fourier there and back; clipping touches nothing at this level
    gone, kept = share < 1e-2, (share - 1).abs() < 1e-2
    assert gone.any()
    assert bool((gone | kept).all())


def test_a_stretch_of_time_falls_silent() -> None:
    changed = augment_audio(torch.ones(1, 1000), still(time_masks=1, time_share=0.5), seed(2))
    silent = (changed[0] == 0).nonzero().flatten()
    assert 0 < len(silent) <= 500
    assert int(silent[-1] - silent[0]) == len(silent) - 1


def test_noise_follows_the_clip_s_own_level() -> None:
    for peak in (0.5, 0.005):
        sound = tone(1000) * peak
        noise = augment_audio(sound, still(noise_db=15.0), seed()) - sound
        below = 20 * torch.log10(noise.std() / sound.std())
        assert -41 < below < -14


def test_silence_stays_silence() -> None:
    assert not augment_audio(torch.zeros(2, 500), AudioAugmentation(), seed()).any()


def test_a_spectrogram_s_hidden_parts_are_its_mean() -> None:
    spectra = torch.randn(3, 60, 40, generator=seed(5))
    changed = spec_augment(spectra, seed(), band_share=0.3, time_share=0.3)
    mean = spectra.mean((1, 2), keepdim=True).expand_as(spectra)
    moved = changed != spectra
    assert 0 < moved.float().mean() < 0.9
    assert torch.equal(changed[moved], mean[moved])
    assert torch.equal(changed, spec_augment(spectra, seed(), band_share=0.3, time_share=0.3))
    # whole rows and whole columns, so that what is hidden is a cross
    rows, columns = moved.all(2), moved.all(1)
    assert torch.equal(moved, rows[:, :, None] | columns[:, None, :])
