import hashlib

import numpy as np
import pytest

from edgeattn.data.motion import LABELS, read_recordings
from edgeattn.data.named import data_home, dataset_folder, load_named
from edgeattn.data.sp_sw_har import (
    MEAN,
    STD,
    TEST_SUBJECTS,
    VALIDATION_SUBJECTS,
    load_sp_sw_har,
    normalisation,
    people,
)
from edgeattn_runtime.errors import BadData
from tests.edgeattn.data.test_motion import write_csv


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("har")
    for subject in (1, 4, 11):  # one who trains, one who tests, one who validates
        write_csv(folder, subject, 1, "sp")
        write_csv(folder, subject, 1, "sw", shift_ms=500)
    return folder


def test_who_tests_was_drawn_by_hash():
    drawn = sorted(
        range(1, 24), key=lambda s: hashlib.sha256(f"sp_sw_har s{s:02d}".encode()).hexdigest()
    )
    assert set(drawn[:5]) == TEST_SUBJECTS
    assert set(drawn[5:8]) == VALIDATION_SUBJECTS


def test_nobody_is_in_two_splits():
    everyone = [subject for split in ("train", "validation", "test") for subject in people(split)]
    assert sorted(everyone) == list(range(1, 24))
    assert len(people("train")) == 15


def test_windows_are_two_seconds_with_more_overlap_in_training(folder):
    parts = {split: load_sp_sw_har(folder, split) for split in ("train", "validation", "test")}
    # 9.99 seconds are 1,000 samples at 100 Hz: starts every 50 or 100 of them
    assert {s: d.x["x"].shape for s, d in parts.items()} == {
        "train": (17, 6, 200), "validation": (9, 6, 200), "test": (9, 6, 200),
    }  # fmt: skip
    assert parts["train"].labels == LABELS
    assert parts["test"].source == "sp_sw_har phone test"


def test_both_devices_stand_side_by_side_in_time(folder):
    both = load_sp_sw_har(folder, "test", "both").x["x"]
    phone, watch = (load_sp_sw_har(folder, "test", name).x["x"] for name in ("phone", "watch"))
    assert both.shape[1:] == (12, 200)
    assert len(both) == 8  # half a second was recorded by one of them only
    # the watch began half a second later: its first window is whole, the phone's begins in the
    # middle of its own; both were cut from the same samples, so nothing is rounded
    assert np.array_equal(both[0, 6:], watch[0])
    assert np.array_equal(both[0, :6, :150], phone[0, :, 50:])


def test_channels_are_normalised_with_the_numbers_of_the_manifest(folder):
    mean, std = normalisation("both")
    assert len(mean) == len(std) == 12
    raw = next(r for r in read_recordings(folder) if r.subject == 4 and r.device == "watch")
    x = load_sp_sw_har(folder, "test", "watch").x["x"]
    wanted = (raw.samples[0] - np.array(MEAN["watch"])) / np.array(STD["watch"])
    np.testing.assert_allclose(x[0, :, 0], wanted, rtol=0, atol=1e-6)  # float32, values below 4


def test_a_folder_without_people_of_a_split_is_refused(tmp_path):
    write_csv(tmp_path, 1, 1, "sp")
    with pytest.raises(BadData, match="holds no test recordings"):
        load_sp_sw_har(tmp_path, "test")


REAL = pytest.mark.skipif(
    not (data_home() / "sp_sw_har").is_dir(),
    reason="needs sp_sw_har in EDGEATTN_DATA (docs/data.md)",
)


@REAL
def test_the_normalisation_is_that_of_those_who_train():
    recordings = read_recordings(dataset_folder("sp_sw_har"))
    for device in ("phone", "watch"):
        samples = np.concatenate(
            [r.samples for r in recordings if r.device == device and r.subject in people("train")]
        ).astype(np.float64)
        # printed with three digits
        np.testing.assert_allclose(samples.mean(0), MEAN[device], rtol=0, atol=5.1e-4)
        np.testing.assert_allclose(samples.std(0), STD[device], rtol=0, atol=5.1e-4)


@REAL
@pytest.mark.parametrize(
    ("variant", "counts"),
    [("phone", [2749, 275, 512]), ("watch", [2730, 274, 509]), ("both", [2730, 274, 509])],
)
def test_the_real_data_set_has_these_windows(variant, counts):
    splits = ("train", "validation", "test")
    assert [len(load_named(f"sp_sw_har:{variant}", split)) for split in splits] == counts
