from __future__ import annotations

import zipfile

import numpy as np
import pytest

from edgeattn_runtime.arrays import read_npz, write_npz
from edgeattn_runtime.errors import BadData, BrokenBundle

ARRAYS = {"a": np.arange(5), "nested/b": np.ones((2, 3), np.float32), "flag": np.bool_(True)}


def test_arrays_survive_their_file(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS)
    read = read_npz(tmp_path / "a.npz", error=BadData)
    assert set(read) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)


def test_numpy_itself_reads_the_file(tmp_path):
    write_npz(tmp_path / "a.npz", ARRAYS)
    with np.load(tmp_path / "a.npz") as file:
        np.testing.assert_array_equal(file["nested/b"], ARRAYS["nested/b"])


@pytest.mark.parametrize("kept", [0, 10, 0.5, -1])
def test_a_truncated_file_is_refused(tmp_path, kept):
    write_npz(tmp_path / "whole.npz", {"a": np.random.default_rng(0).normal(size=100)})
    content = (tmp_path / "whole.npz").read_bytes()
    length = int(len(content) * kept) if isinstance(kept, float) else kept
    (tmp_path / "cut.npz").write_bytes(content[:length])
    with pytest.raises(BrokenBundle, match=r"cut.npz is no readable .npz"):
        read_npz(tmp_path / "cut.npz", error=BrokenBundle)


def test_altered_content_is_refused(tmp_path):
    write_npz(tmp_path / "a.npz", {"a": np.arange(1000)})
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[200] ^= 0xFF
    (tmp_path / "a.npz").write_bytes(bytes(content))
    with pytest.raises(BadData, match="no readable"):
        read_npz(tmp_path / "a.npz", error=BadData)


def test_python_objects_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.array([{"code": "runs"}], dtype=object))
    with pytest.raises(BadData, match="may be truncated or hold Python objects"):
        read_npz(tmp_path / "a.npz", error=BadData)


def test_a_file_that_unpacks_to_too_much_is_refused_unopened(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(2_000_000))
    with pytest.raises(BadData, match="unpacks to 2 MB, the limit is 1 MB"):
        read_npz(tmp_path / "bomb.npz", error=BadData, largest_bytes=1_000_000)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadData, match="there is no file"):
        read_npz(tmp_path / "none.npz", error=BadData)
