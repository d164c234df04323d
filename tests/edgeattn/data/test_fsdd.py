import numpy as np
import pytest

from edgeattn.data.fsdd import load_fsdd
from edgeattn.data.named import VARIANTS, data_home, load_named
from edgeattn.training.splits import load_splits
from edgeattn_runtime.errors import BadData
from tests.edgeattn.data.test_wav import write

SPEAKERS = ("jackson", "theo")
TAKES = 12


def tone(digit, take):
    return (8000 * np.sin(np.arange(40) * (digit + 1) / 7 + take)).astype(int)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "recordings").mkdir()
    for digit in range(2):
        for speaker in SPEAKERS:
            for take in range(TAKES):
                name = f"{digit}_{speaker}_{take}.wav"
                write(tmp_path / "recordings" / name, tone(digit, take))
    (tmp_path / "recordings" / "notes.txt").write_text("not a recording")
    return tmp_path


def pack(folder):
    """Write the same recordings in the packed form, next to the files."""
    rows = [
        (digit, speaker, take)
        for digit in range(2) for speaker in SPEAKERS for take in range(TAKES)
    ]  # fmt: skip
    pcm = [tone(digit, take).astype(np.int16) for digit, _, take in rows]
    np.savez(
        folder / "fsdd_8k.npz",
        pcm=np.concatenate(pcm),
        offsets=np.cumsum([0, *map(len, pcm)]),
        labels=np.array([digit for digit, _, _ in rows], np.uint8),
        speakers=np.array([speaker for _, speaker, _ in rows]),
        index=np.array([take for _, _, take in rows], np.uint8),
    )


def test_the_official_split_is_by_take(folder):
    parts = {split: load_fsdd(folder, split) for split in ("train", "validation", "test")}
    assert {split: len(data) for split, data in parts.items()} == {
        "train": 8, "validation": 20, "test": 20,
    }  # fmt: skip
    hashes = [digest for data in parts.values() for digest in data.hashes()]
    assert len(set(hashes)) == len(hashes) // len(SPEAKERS)  # both say the same thing here
    assert parts["test"].labels == tuple("0123456789")


def test_samples_are_one_second_in_the_unit_range(folder):
    x = load_fsdd(folder, "train").x["x"]
    assert x.shape == (8, 8000)
    assert x.dtype == np.float32
    assert 0.2 < np.abs(x).max() <= 1


def test_a_speaker_who_is_left_out_is_tested_alone(folder):
    count = {s: len(load_fsdd(folder, s, "theo")) for s in ("train", "validation", "test")}
    assert count == {"train": 14, "validation": 10, "test": 24}
    assert load_fsdd(folder, "test", "theo").source == "fsdd test of theo"


def test_a_variant_gives_a_training_its_three_parts(folder, monkeypatch):
    (folder / "fsdd").symlink_to(folder)
    monkeypatch.setenv("EDGEATTN_DATA", str(folder))
    splits = load_splits("fsdd:theo")
    assert splits.name == "fsdd:theo"
    assert splits.test is not None
    assert [len(splits.train), len(splits.validation), len(splits.test)] == [14, 10, 24]


def test_files_and_packed_recordings_are_the_same(folder):
    from_files = load_fsdd(folder, "test", "theo")
    pack(folder)
    packed = load_fsdd(folder, "test", "theo")
    assert sorted(from_files.hashes()) == sorted(packed.hashes())


def test_a_silent_recording_is_named(folder):
    write(folder / "recordings" / "1_theo_0.wav", [0] * 100)
    with pytest.raises(BadData, match=r"1 of 20 recordings are silent \(1_theo_0\.wav\)"):
        load_fsdd(folder, "test")


def test_clipped_recordings_are_kept_and_counted(folder):
    write(folder / "recordings" / "1_theo_0.wav", [32767] * 50 + [-32768] * 50)
    data = load_fsdd(folder, "test")
    assert data.source == "fsdd test (1 clipped)"
    assert len(data) == 20


def test_a_speaker_without_recordings_is_refused(folder):
    with pytest.raises(BadData, match="holds no test recordings among its 48"):
        load_fsdd(folder, "test", "lucas")


def test_a_folder_without_recordings_is_refused(tmp_path):
    (tmp_path / "recordings").mkdir()
    with pytest.raises(BadData, match=r"holds no file like 7_theo_12\.wav"):
        load_fsdd(tmp_path, "test")


def test_an_archive_that_lost_samples_is_refused(folder):
    pack(folder)
    content = dict(np.load(folder / "fsdd_8k.npz"))
    np.savez(folder / "fsdd_8k.npz", **{**content, "pcm": content["pcm"][:-7]})
    with pytest.raises(BadData, match="its offsets do not divide 1913 samples"):
        load_fsdd(folder, "test")


def test_a_broken_archive_is_refused(tmp_path):
    (tmp_path / "fsdd_8k.npz").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(BadData, match=r"fsdd_8k\.npz cannot be read"):
        load_fsdd(tmp_path, "test")


@pytest.mark.skipif(
    not (data_home() / "fsdd").is_dir(), reason="needs fsdd in EDGEATTN_DATA (docs/data.md)"
)
def test_the_real_data_set_has_its_official_counts():
    assert [len(load_named("fsdd", split)) for split in ("train", "validation", "test")] == [
        2400, 300, 300,
    ]  # fmt: skip
    for speaker in VARIANTS["fsdd"][0]:
        y = load_named(f"fsdd:{speaker}", "test").y
        assert y is not None
        assert np.bincount(y).tolist() == [50] * 10
