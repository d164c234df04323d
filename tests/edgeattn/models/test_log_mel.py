from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.models.log_mel import LogMel, mel_bands
from edgeattn_converters.capture import capture
from edgeattn_converters.onnx.lower import lower as lower_onnx
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.tflite.lower import lower as lower_tflite
from edgeattn_runtime.session import open_session


def speech(batch: int = 2, samples: int = 2000) -> np.ndarray:
    """Return something with a pitch, overtones and a breath: float32 [batch, samples]."""
    generator = np.random.default_rng(0)
    time = np.arange(samples) / 8000
    pitch = 120 * (1 + np.arange(batch))[:, None]
    voice = sum(np.sin(2 * np.pi * k * pitch * time) / k for k in range(1, 12))
    loud = np.exp(-((time - 0.12) ** 2) / 0.002)
    return (0.2 * voice * loud + 0.001 * generator.standard_normal((batch, samples))).astype("f4")


def twin(
    audio: np.ndarray, frame: int = 256, hop: int = 128, mels: int = 40, floor: float = 1e-7
) -> np.ndarray:
    """Return the log-mel spectrogram by NumPy's Fourier transform in double precision."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frame) / frame)
    frames = np.lib.stride_tricks.sliding_window_view(audio.astype(np.float64), frame, axis=1)
    spectrum = np.fft.rfft(frames[:, ::hop] * window) * 2 / window.sum()
    energy = np.abs(spectrum) ** 2 @ mel_bands(8000, frame, mels, 40.0, 4000.0)
    logs = np.log(energy + floor)
    return logs - logs.mean((1, 2), keepdims=True)


@pytest.mark.parametrize(("frame", "hop", "mels"), [(256, 128, 40), (240, 80, 32), (200, 200, 20)])
def test_it_is_numpy_s_fourier_transform(frame: int, hop: int, mels: int) -> None:
    audio = speech()
    found = LogMel(frame=frame, hop=hop, mels=mels)(torch.from_numpy(audio)).numpy()
    wanted = twin(audio, frame, hop, mels)
    assert found.shape == wanted.shape == (2, (2000 - frame) // hop + 1, mels)
    # float32 sums of `frame` products leave 1e-7 of the loudest bin, 1e-14 of its energy; the
    # floor of 1e-7 keeps that below 1e-4 of any logarithm here
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-3)


def test_a_tone_lights_up_its_own_band() -> None:
    time = torch.arange(2000) / 8000
    for band in (3, 15, 35):
        bands = mel_bands(8000, 256, 40, 40.0, 4000.0)
        hertz = bands[:, band].argmax() * 8000 / 256
        mels = LogMel(centred=False)(torch.sin(2 * torch.pi * hertz * time)[None])
        # a triangle's highest bin weighs at least 0.4; the window gives a quarter of the energy
        # to either neighbour
        assert set(mels.argmax(2).flatten().tolist()) <= {band - 1, band, band + 1}
        assert 0.3 < mels.exp().max() < 1.51


def test_loudness_is_taken_away() -> None:
    audio = torch.from_numpy(speech())
    mel = LogMel(floor=1e-12)
    # the floor and float32 move quiet bands by some thousandths
    torch.testing.assert_close(mel(audio), mel(audio * 0.25), rtol=0, atol=2e-2)
    loud, quiet = (LogMel(centred=False)(audio * gain).mean() for gain in (1.0, 0.25))
    assert loud - quiet > 1


def test_silence_and_full_scale_stay_finite() -> None:
    for audio in (torch.zeros(1, 1000), torch.ones(1, 1000), -torch.ones(1, 1000)):
        assert LogMel()(audio).isfinite().all()
    # the mean of some hundred logarithms of 16 in float32
    assert LogMel()(torch.zeros(1, 1000)).abs().max() < 1e-4


def test_it_has_nothing_to_learn_and_travels_with_the_model() -> None:
    mel = LogMel()
    assert not list(mel.parameters())
    assert set(mel.state_dict()) == {"dft", "mel"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frame": 250, "hop": 128}, "a frame of 250 is no multiple of the hop 128"),
        ({"floor": 0.0}, "silence has no logarithm"),
        ({"highest_hz": 8000.0}, "bands from 40 to 8000 Hz do not fit 8000 samples per second"),
        ({"mels": 120}, r"\d+ of 120 bands lie between two bins of 31 Hz"),
    ],
)
def test_what_cannot_be_a_spectrogram_is_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LogMel(**arguments)  # type: ignore[arg-type]


def test_less_than_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="100 samples are fewer than one frame of 256"):
        LogMel()(torch.zeros(1, 100))


@pytest.mark.parametrize("format", ["onnx", "tflite"])
def test_both_formats_hear_the_same(format: str) -> None:
    audio = speech(1)
    module = nn.Sequential(LogMel())
    program = apply_passes(capture(module, (torch.from_numpy(audio),), name="mel"))
    content = lower_onnx(program) if format == "onnx" else lower_tflite(program)
    session = open_session(content)
    (found,) = session.run({session.inputs[0].name: audio}).values()
    # as against NumPy: float32 sums in another order
    np.testing.assert_allclose(found, twin(audio), rtol=0, atol=1e-3)
