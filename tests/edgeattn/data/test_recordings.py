from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from edgeattn.data.choice import choose_data
from edgeattn.data.folder import load_folder
from edgeattn.data.load import load_data
from edgeattn.data.photos import is_photo_folder
from edgeattn.data.recordings import Clip, clip_of, read_recordings
from edgeattn_runtime.errors import BadData, BadUsage
from edgeattn_runtime.port import Port

CLIP = Clip(400, 8000)


def word(path: Path, *, level: float = 0.5, samples: int = 300, rate: int = 8000) -> Path:
    """Write a hum of 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hum = (level * 2**15 * np.sin(np.arange(samples) / 3)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(hum.tobytes())
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    for number in range(4):
        word(tmp_path / "words" / "yes" / f"{number}.wav", level=0.9)
        word(tmp_path / "words" / "no" / f"{number}.WAV", level=0.1, samples=500)
    return tmp_path / "words"


def test_class_folders_of_recordings_give_clips_of_one_length(words: Path) -> None:
    data = load_folder(words, image_size=None, clip=CLIP)
    assert data.labels == ("no", "yes")
    assert data.x["x"].shape == (8, 400)
    assert data.x["x"].dtype == np.float32
    assert data.y is not None
    assert data.y.tolist() == [0] * 4 + [1] * 4
    quiet, loud = data.x["x"][0], data.x["x"][-1]
    # a step of 16 bits, and a sine that need not meet its peak
    assert (abs(quiet).max(), abs(loud).max()) == pytest.approx((0.1, 0.9), abs=0.01)
    assert not loud[:50].any()
    assert not loud[-50:].any()


def test_only_the_recordings_asked_for_are_read(words: Path) -> None:
    data = load_data(str(words), clip=CLIP, samples=4)
    assert data.y is not None
    assert np.bincount(data.y).tolist() == [2, 2]


def spoil(words: Path) -> list[str]:
    """Add one file for each thing that can be wrong; return their names as they are found."""
    yes = words / "yes"
    (yes / "a-text.wav").write_text("no sound")
    (yes / "b-empty.wav").write_bytes(b"")
    cut = word(yes / "c-cut.wav")
    cut.write_bytes(cut.read_bytes()[:-100])
    word(yes / "d-silent.wav", level=0.0)
    word(yes / "e-fast.wav", rate=44100)
    word(yes / "f-short.wav", samples=0)
    wide = bytearray(word(yes / "g-wide.wav").read_bytes())
    wide[34:36] = (64).to_bytes(2, "little")  # bits a sample
    (yes / "g-wide.wav").write_bytes(wide)
    claims = bytearray(word(yes / "h-long.wav").read_bytes())
    claims[40:44] = (2**31 - 1).to_bytes(4, "little")  # bytes of sound
    (yes / "h-long.wav").write_bytes(claims)
    (yes / "i-torn.wav").write_bytes(b"RIFF\x24\x00\x00\x00WAVE half a word")
    return [
        "yes/a-text.wav (cannot be read as WAV",
        "yes/b-empty.wav (cannot be read as WAV",
        "yes/c-cut.wav (is cut off: its header says 300 samples, 250 are there",
        "yes/d-silent.wav (is silent, nothing in it reaches 0.0001 of full scale)",
        "yes/e-fast.wav (has 44100 samples per second, the model hears 8000",
        "yes/f-short.wav (holds no samples",
        "yes/g-wide.wav (claims 64 bits a sample",
        "yes/h-long.wav (claims",
        "yes/i-torn.wav (cannot be read as WAV (it ends too early)",
    ]


def test_broken_recordings_are_counted_and_the_first_is_named(words: Path) -> None:
    spoil(words)
    with pytest.raises(
        BadData, match=r"9 of 17 recordings in words cannot be used, first yes/a-text\.wav \(cannot"
    ):
        load_folder(words, image_size=None, clip=CLIP)


def test_broken_recordings_are_left_out_when_somebody_is_told(words: Path) -> None:
    expected = spoil(words)
    told: list[str] = []
    data = load_folder(words, image_size=None, clip=CLIP, on_broken=told.extend)
    assert len(told) == len(expected)
    for found, wanted in zip(told, expected, strict=True):
        assert found.startswith(wanted)
    assert data.x["x"].shape == (8, 400)
    assert data.y is not None
    assert data.y.tolist() == [0] * 4 + [1] * 4


def test_nothing_but_broken_recordings_is_refused_all_the_same(tmp_path: Path) -> None:
    word(tmp_path / "a" / "1.wav", level=0.0)
    with pytest.raises(BadData, match="1 of 1 recordings"):
        load_folder(tmp_path, image_size=None, clip=CLIP, on_broken=lambda files: None)


def test_without_a_rate_that_the_model_names_all_files_must_agree_with_the_first(
    tmp_path: Path,
) -> None:
    files = [word(tmp_path / f"{n}.wav", rate=rate) for n, rate in enumerate((16000, 16000, 8000))]
    clips, good, broken = read_recordings(files, tmp_path, Clip(400))
    assert clips.shape == (2, 400)
    assert good.tolist() == [True, True, False]
    assert broken[0].startswith("2.wav (has 8000 samples per second, the model hears 16000")


def test_recordings_for_a_model_of_images_are_refused(words: Path) -> None:
    with pytest.raises(BadUsage, match="folder of recordings, and the model takes none"):
        load_folder(words, image_size=(8, 8))


def test_images_for_a_model_that_hears_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.png").write_bytes(b"")
    with pytest.raises(BadUsage, match="is a folder of images, and the model hears 400 samples"):
        load_folder(tmp_path, image_size=None, clip=CLIP)


def test_more_than_memory_takes_asks_for_fewer_samples(words: Path) -> None:
    with pytest.raises(BadData, match=r"8 recordings in words take .* GiB, more than 8; pass"):
        load_folder(words, image_size=None, clip=Clip(10**9, 8000))


@pytest.mark.parametrize(
    ("shape", "steps", "clip"),
    [
        ((1, 8000), [{"step": "frames", "rate": 8000}], Clip(8000, 8000)),
        ((1, 8000), [], Clip(8000)),
        ((1, 64), [{"step": "tokenize"}], None),
        ((1, 3, 64, 64), [], None),
    ],
)
def test_the_model_says_what_it_hears(
    shape: tuple[int, ...], steps: list[dict[str, object]], clip: Clip | None
) -> None:
    assert clip_of(shape, steps) == clip


@pytest.mark.parametrize(("samples", "rate"), [(0, 8000), (400, 0)])
def test_a_clip_without_sound_is_refused(samples: int, rate: int) -> None:
    with pytest.raises(ValueError, match="hold no sound"):
        Clip(samples, rate)


def test_a_folder_of_recordings_calibrates_and_judges(tmp_path: Path) -> None:
    for number in range(20):
        word(tmp_path / "words" / ("yes", "no")[number % 2] / f"{number}.wav", samples=200 + number)
    port = Port("audio", (1, 400), "float32")
    chosen = choose_data(
        calib=str(tmp_path / "words"), evaluation=None, dataset=None, samples=8,
        allow_random=False, inputs=(port,), clip=clip_of(port.shape, ()),
    )  # fmt: skip
    assert (len(chosen.calibration), len(chosen.evaluation)) == (8, 12)
    assert not set(chosen.calibration.hashes()) & set(chosen.evaluation.hashes())


def test_a_folder_of_recordings_is_none_of_photos(words: Path) -> None:
    assert not is_photo_folder(str(words))
