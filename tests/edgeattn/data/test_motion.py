import numpy as np
import pytest

from edgeattn.data.motion import COLUMNS, LABELS, Recording, read_recordings
from edgeattn_runtime.errors import BadData


def recorded(count=1000, seed=0):
    """Return samples [count, 6], stamps in ms with bursts as in the real files, labels [count]."""
    generator = np.random.default_rng(seed)
    samples = generator.standard_normal((count, 6)).astype(np.float32)
    stamps = np.sort(np.arange(count) * 10 + generator.integers(0, 40, count))
    stamps = np.minimum(stamps, (count - 1) * 10)
    stamps[0], stamps[-1] = 0, (count - 1) * 10
    return samples, stamps + 1_657_533_977_000, np.arange(count) * len(LABELS) // count


def write_csv(folder, subject, execution, device, *, count=1000, shift_ms=0):
    samples, stamps, labels = recorded(count, subject * 100 + execution)
    path = folder / f"s{subject:02d}" / f"s{subject:02d}_{execution:02d}_{device}.csv"
    path.parent.mkdir(exist_ok=True)
    lines = [",".join(COLUMNS)]
    for sample, stamp, label in zip(samples, stamps, labels, strict=True):
        numbers = ",".join(repr(float(value)) for value in sample)
        lines.append(f"{numbers},{stamp + shift_ms},{LABELS[label]}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_files_and_packed_recordings_are_the_same(tmp_path):
    write_csv(tmp_path, 4, 1, "sp")
    write_csv(tmp_path, 4, 1, "sw", shift_ms=30)
    from_files = read_recordings(tmp_path)
    samples, stamps, labels = recorded(seed=401)
    later = np.diff(stamps, prepend=stamps[0])
    np.savez(
        tmp_path / "har.npz",
        imu=np.concatenate([samples, samples]),
        dt_ms=np.concatenate([later, later]),
        start_ms=np.array([stamps[0], stamps[0] + 30]),
        labels=np.concatenate([labels, labels]).astype(np.uint8),
        offsets=np.array([0, 1000, 2000]),
        subject=np.array([4, 4], np.uint8),
        execution=np.array([1, 1], np.uint8),
        device=np.array(["sp", "sw"]),
    )
    for one, other in zip(from_files, read_recordings(tmp_path), strict=True):
        assert np.array_equal(one.samples, other.samples)
        assert np.array_equal(one.labels, other.labels)
        for name in ("subject", "execution", "device", "start", "seconds"):
            assert getattr(one, name) == getattr(other, name)


def test_times_come_from_the_first_and_the_last_stamp(tmp_path):
    write_csv(tmp_path, 7, 2, "sw")
    (recording,) = read_recordings(tmp_path)
    assert (recording.device, recording.seconds) == ("watch", 9.99)
    assert recording.start == 1_657_533_977.0


def test_another_rate_is_refused(tmp_path):
    path = write_csv(tmp_path, 4, 1, "sp")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0], *lines[1::2]]))
    with pytest.raises(BadData, match=r"s04_01 of the phone has (49|50)\.\d samples per second"):
        read_recordings(tmp_path)


@pytest.mark.parametrize(
    "line", ["1,2,3,4,5,6,1657533977000,DANCING", "1,2,three,4,5,6,1657533977000,WALKING", "1,2,3"]
)
def test_a_line_that_cannot_be_read_names_file_and_line(line, tmp_path):
    path = write_csv(tmp_path, 4, 1, "sp", count=100)
    with path.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(BadData, match=r"s04_01_sp\.csv cannot be read \(line 102 is '1, 2"):
        read_recordings(tmp_path)


def test_another_encoding_is_refused(tmp_path):
    path = write_csv(tmp_path, 4, 1, "sp", count=100)
    path.write_bytes(path.read_bytes() + "é".encode("latin1"))
    with pytest.raises(BadData, match=r"s04_01_sp\.csv cannot be read"):
        read_recordings(tmp_path)


def test_missing_columns_and_single_samples_are_refused(tmp_path):
    path = write_csv(tmp_path, 4, 1, "sp", count=100)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:2]))
    with pytest.raises(BadData, match="holds 1 samples"):
        read_recordings(tmp_path)
    path.write_text(lines[0].replace("label", "activity") + lines[1])
    with pytest.raises(BadData, match="it needs the columns x_acc"):
        read_recordings(tmp_path)


def test_a_folder_without_recordings_is_refused(tmp_path):
    with pytest.raises(BadData, match=r"holds no file like s01/s01_01_sp\.csv"):
        read_recordings(tmp_path)


def test_a_broken_archive_is_refused(tmp_path):
    np.savez(tmp_path / "har.npz", imu=np.zeros((5, 6)))
    with pytest.raises(BadData, match=r"har\.npz cannot be read \('dt_ms'\)"):
        read_recordings(tmp_path)


def test_samples_without_labels_are_refused():
    with pytest.raises(BadData, match="s03_02 of the watch has 101 samples and 90 labels"):
        Recording(
            subject=3, execution=2, device="watch", start=0.0, seconds=1.0,
            samples=np.zeros((101, 6), np.float32), labels=np.zeros(90, np.int64),
        )  # fmt: skip
