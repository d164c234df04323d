import wave

import numpy as np
import pytest

from edgeattn.data.wav import read_wav
from edgeattn_runtime.errors import BadData


def write(path, samples, *, width=2, rate=8000, channels=1):
    """Write whole numbers [frames * channels] as PCM of `width` bytes."""
    offset = 128 if width == 1 else 0
    content = b"".join(
        int(value + offset).to_bytes(width, "little", signed=width > 1) for value in samples
    )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(content)
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_full_scale_is_one_at_every_depth(width, tmp_path):
    full = 2 ** (8 * width - 1)
    path = write(tmp_path / "a.wav", [-full, 0, full // 2, full - 1], width=width)
    sound = read_wav(path, 8000)
    assert sound.dtype == np.float32
    # float32 rounds (2^31 - 1) / 2^31 to 1; everything else here is exact
    assert sound.tolist() == [-1, 0, 0.5, np.float32((full - 1) / full)]


def test_channels_are_averaged(tmp_path):
    path = write(tmp_path / "a.wav", [16384, 0, -16384, -16384], channels=2)
    assert read_wav(path, 8000).tolist() == [0.25, -0.5]


def test_another_rate_is_refused_with_the_way_to_convert_it(tmp_path):
    path = write(tmp_path / "a.wav", [0, 1], rate=44100)
    with pytest.raises(BadData, match=r"has 44100 samples per second, the model hears 8000; .*sox"):
        read_wav(path, 8000)


def test_a_recording_that_is_cut_off_says_how_much_is_there(tmp_path):
    path = write(tmp_path / "a.wav", range(1000))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(BadData, match=r"cut off: its header says 1000 samples, 750 are there"):
        read_wav(path, 8000)


def test_a_header_that_is_cut_off_is_refused(tmp_path):
    path = write(tmp_path / "a.wav", range(1000))
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(BadData, match=r"cannot be read as WAV \(it ends too early\)"):
        read_wav(path, 8000)


@pytest.mark.parametrize(
    "content", [b"", b"hello, this is no sound at all", b"ID3\x04" + bytes(99)]
)
def test_what_is_no_wav_is_refused(content, tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(BadData, match=r"a\.wav cannot be read as WAV"):
        read_wav(path, 8000)


def test_compressed_and_float_files_are_refused(tmp_path):
    path = write(tmp_path / "a.wav", range(100))
    content = bytearray(path.read_bytes())
    content[20:22] = (3).to_bytes(2, "little")  # WAVE_FORMAT_IEEE_FLOAT
    path.write_bytes(content)
    with pytest.raises(BadData, match=r"cannot be read as WAV \(unknown format: 3\)"):
        read_wav(path, 8000)


def test_a_recording_without_samples_is_refused(tmp_path):
    with pytest.raises(BadData, match="holds no samples"):
        read_wav(write(tmp_path / "a.wav", []), 8000)


def test_a_header_that_claims_hours_is_not_believed(tmp_path):
    path = write(tmp_path / "a.wav", range(100))
    content = bytearray(path.read_bytes())
    content[40:44] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(BadData, match="claims 268435 seconds, more than 3600"):
        read_wav(path, 8000)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadData, match=r"gone\.wav cannot be read"):
        read_wav(tmp_path / "gone.wav", 8000)
