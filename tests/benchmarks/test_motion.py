"""What the benchmark does with windows, on recordings that were made up."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import motion
from benchmarks.motion import Windows, described_windows, judged, real
from benchmarks.motion_page import TREES
from edgeattn.data.data import Data
from edgeattn.data.motion import Recording
from edgeattn.data.sp_sw_har import LABELS, MEAN, load_sp_sw_har

ROOM = {0: 100, 1: 150, 2: 350}  # samples of each activity, in turn


def recording(subject: int, device: str = "phone") -> Recording:
    labels = np.repeat(list(ROOM), list(ROOM.values()))
    return Recording(
        subject=subject, execution=1, device=device, start=0.0, seconds=(len(labels) - 1) / 100,
        samples=np.zeros((len(labels), 6), np.float32), labels=labels,
    )  # fmt: skip


@pytest.fixture
def people(monkeypatch) -> list[Recording]:
    made = [recording(4), recording(1), recording(12), recording(4, "watch")]
    for module in ("benchmarks.motion", "edgeattn.data.sp_sw_har"):
        monkeypatch.setattr(f"{module}.read_recordings", lambda folder: made)
    monkeypatch.setattr(motion, "dataset_folder", lambda name: None)
    return made


def test_test_windows_are_those_of_the_data_set_in_its_order(people, tmp_path) -> None:
    described, data = described_windows("phone"), load_sp_sw_har(tmp_path, "test")
    assert len(described.people) == len(described.shares) == len(data)
    assert described.people.tolist() == [4] * 5 + [12] * 5
    assert data.y is not None
    assert data.y[:5].tolist() == [0, 1, 2, 2, 2]
    assert described.shares[:5].tolist() == [0.5, 0.75, 0.75, 1.0, 1.0]


def test_right_and_wrong_are_counted_as_a_whole_by_person_and_by_share() -> None:
    y = np.array([0, 1, 2, 2])
    test = Data({"x": np.zeros((4, 6, 200), np.float32)}, y, LABELS, "made up")
    described = Windows(people=np.array([4, 4, 12, 12]), shares=np.array([0.5, 0.6, 0.8, 1.0]))
    found = judged(TREES, "phone", test, described, np.array([1, 1, 2, 2]))
    assert (found.right, found.tested, found.accuracy) == (3, 4, 0.75)
    assert found.confusion[0] == [0, 1, 0, 0, 0]
    assert found.by_person == {4: 0.5, 12: 1.0}
    assert found.by_share == [0.0, 1.0, 1.0]


def test_real_windows_have_their_units_back() -> None:
    x = np.zeros((1, 6, 200), np.float32)  # normalised: the mean
    there = real(Data({"x": x}, np.array([0]), LABELS, "made up"), "phone")
    # float32
    np.testing.assert_allclose(there[0, :, 0], MEAN["phone"], rtol=0, atol=1e-6)
