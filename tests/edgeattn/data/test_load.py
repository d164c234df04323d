import numpy as np
import pytest
from PIL import Image

from edgeattn.data import load_data
from edgeattn_runtime.errors import BadData, BadUsage


def test_a_file_a_folder_and_a_name_are_told_apart(tmp_path, monkeypatch):
    np.savez(tmp_path / "d.npz", x=np.zeros((3, 2)))
    assert load_data(str(tmp_path / "d.npz")).source == "d.npz"
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    assert load_data(str(tmp_path), image_size=(4, 4)).x["x"].shape == (1, 3, 4, 4)
    monkeypatch.setenv("EDGEATTN_DATA", str(tmp_path))
    with pytest.raises(BadData, match="the data set fsdd is not in"):
        load_data("fsdd")


def test_gestures_are_embedded():
    data = load_data("gestures", split="validation", samples=20)
    assert len(data) == 20
    assert np.bincount(data.y).tolist() == [2] * 10


def test_samples_limit_what_comes_back(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.zeros((10, 2)), y=np.arange(10) % 2)
    assert np.bincount(load_data(str(tmp_path / "d.npz"), samples=4).y).tolist() == [2, 2]
    assert len(load_data(str(tmp_path / "d.npz"), samples=40)) == 10
    with pytest.raises(BadUsage, match="take at least 1"):
        load_data(str(tmp_path / "d.npz"), samples=0)


@pytest.mark.parametrize(
    ("spec", "kind", "message"),
    [
        ("", BadUsage, "no data was named"),
        ("gesture", BadUsage, "did you mean gestures"),
        ("qqq", BadUsage, "data sets are gestures, cifar10_jpeg"),
        ("nowhere/at/all", BadData, "does not exist; check the path"),
        ("nowhere.npz", BadData, "does not exist"),
        ("x" * 5000, BadUsage, "cannot be a path"),
        ("a\0b", BadUsage, "cannot be a path"),
        ("/dev/null", BadData, "neither a folder nor an ordinary file"),
    ],
)
def test_what_cannot_be_found_says_so(spec, kind, message):
    with pytest.raises(kind, match=message):
        load_data(spec)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "d.csv").touch()
    with pytest.raises(BadData, match=r"d\.csv is no \.npz file"):
        load_data(str(tmp_path / "d.csv"))
