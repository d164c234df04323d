import io
import zipfile

import numpy as np
import pytest

from edgeattn.data import archive
from edgeattn.data.archive import load_archive
from edgeattn_runtime.errors import BadData


@pytest.fixture
def saved(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "d.npz", **arrays)
        return tmp_path / "d.npz"

    return save


def test_x_y_and_labels_are_read(saved):
    x = np.random.default_rng(0).random((4, 3, 2)).astype(np.float32)
    data = load_archive(saved(x=x, y=np.array([0, 1, 1, 0]), labels=np.array(["cat", "dog"])))
    assert np.array_equal(data.x["x"], x)
    assert data.y.tolist() == [0, 1, 1, 0]
    assert data.labels == ("cat", "dog")
    assert data.source == "d.npz"


def test_several_inputs_keep_their_names_and_types(saved):
    data = load_archive(saved(ids=np.zeros((2, 5), np.int64), mask=np.ones((2, 5), bool)))
    assert {name: array.dtype.name for name, array in data.x.items()} == {
        "ids": "int64",
        "mask": "bool",
    }


def test_other_floats_become_float32(saved):
    assert load_archive(saved(x=np.ones((2, 3)))).x["x"].dtype == np.float32


def test_column_order_is_kept_apart(saved):
    x = np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))
    assert load_archive(saved(x=x)).x["x"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_compressed_archives_are_read(tmp_path):
    np.savez_compressed(tmp_path / "d.npz", x=np.zeros((3, 4), np.float32))
    assert len(load_archive(tmp_path / "d.npz")) == 3


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"y": np.array([1])}, "holds no input array"),
        ({"x": np.array([{"a": 1}], object)}, "Python objects, which are never unpickled"),
        ({"x": np.array(["a", "b"])}, "`x` holds <U1"),
        ({"x": np.array([1e300])}, "beyond float32"),
        ({"x": np.array([np.nan])}, "NaN or infinity in 1 of 1"),
        ({"x": np.zeros(2), "labels": np.array([0, 1])}, "`labels` is int64"),
        ({"x": np.zeros(2), "labels": np.array("a")}, r"`labels` is <U1 of shape \[\]"),
        ({"x": np.float32(3)}, "`x` is a single number"),
        ({"x": np.array([1 + 2j])}, "`x` holds complex128"),
    ],
)
def test_what_cannot_be_used_says_why(arrays, message, saved):
    with pytest.raises(BadData, match=message):
        load_archive(saved(**arrays))


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_truncated_archive_is_refused(cut, saved):
    path = saved(x=np.zeros((100, 3), np.float32))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BadData, match=r"d\.npz is no complete \.npz file"):
        load_archive(path)


def test_damaged_content_is_refused(tmp_path):
    np.savez_compressed(tmp_path / "d.npz", x=np.random.default_rng(0).random(500))
    content = bytearray((tmp_path / "d.npz").read_bytes())
    content[1500:1520] = bytes(20)
    (tmp_path / "d.npz").write_bytes(content)
    with pytest.raises(BadData, match=r"no complete \.npz file"):
        load_archive(tmp_path / "d.npz")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "d.npz").touch()
    with pytest.raises(BadData, match=r"no complete \.npz file"):
        load_archive(tmp_path / "d.npz")


def member(path, content: bytes) -> None:
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("x.npy", content)


def test_a_member_that_claims_more_than_it_holds_is_refused(tmp_path):
    header = io.BytesIO()
    shape = (2**40,)
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    member(tmp_path / "d.npz", header.getvalue() + bytes(16))
    with pytest.raises(BadData, match=r"`x` claims shape \[1099511627776\] of float32, but only"):
        load_archive(tmp_path / "d.npz")


def test_a_member_that_is_no_array_is_refused(tmp_path):
    member(tmp_path / "d.npz", b"this is text")
    with pytest.raises(BadData, match="`x` is no plain NumPy array"):
        load_archive(tmp_path / "d.npz")


def test_an_archive_that_unpacks_to_too_much_is_refused_before_reading(saved, monkeypatch):
    monkeypatch.setattr(archive, "BYTES_LIMIT", 1000)
    with pytest.raises(BadData, match="unpacks to"):
        load_archive(saved(x=np.zeros(1000, np.float32)))
