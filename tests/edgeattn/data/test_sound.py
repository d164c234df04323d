import numpy as np
import pytest

from edgeattn.data.sound import check_audible, count_clipped, fit_length
from edgeattn_runtime.errors import BadData


def sine(samples=1000, peak=0.5):
    return (peak * np.sin(np.arange(samples) / 5)).astype(np.float32)


def test_a_short_recording_stands_in_the_middle_of_silence():
    sound = sine(7)
    fitted = fit_length(sound, 12)
    assert fitted.shape == (12,)
    assert fitted[:2].tolist() == [0, 0]
    assert np.array_equal(fitted[2:9], sound)
    assert fitted[9:].tolist() == [0, 0, 0]


def test_of_a_long_recording_the_loudest_stretch_is_kept():
    sound = np.concatenate([sine(300, 0.01), sine(200, 0.9), sine(300, 0.02)])
    fitted = fit_length(sound, 200)
    # the window may slip while what it loses is as quiet as what it gains: a few samples
    assert abs(float(np.square(fitted).sum() / np.square(sine(200, 0.9)).sum()) - 1) < 0.01


def test_a_recording_of_the_right_length_stays_as_it_is():
    assert np.array_equal(fit_length(sine(50), 50), sine(50))


@pytest.mark.parametrize("offset", [0.0, 0.2])
def test_silence_is_refused_even_with_a_microphone_s_offset(offset):
    hum = sine(peak=2e-5) + np.float32(offset)
    with pytest.raises(BadData, match=r"1 of 2 recordings are silent \(b\.wav\)"):
        check_audible([sine(), hum], ["a.wav", "b.wav"])


def test_quiet_speech_is_no_silence():
    check_audible([sine(peak=0.001)], ["a.wav"])


def test_only_recordings_at_full_scale_count_as_clipped():
    assert count_clipped([sine(peak=0.99), np.clip(sine(peak=3), -1, 1), -sine(peak=1.0) * 0]) == 1
