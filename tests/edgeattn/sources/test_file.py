import pytest

from edgeattn.sources import file
from edgeattn.sources.file import checked_file
from edgeattn_runtime.errors import BrokenModel


def test_a_file_with_content_is_returned(tmp_path):
    (tmp_path / "m.onnx").write_bytes(b"x")
    assert checked_file(tmp_path / "m.onnx") == tmp_path / "m.onnx"


def test_a_folder_is_no_file(tmp_path):
    (tmp_path / "m.onnx").mkdir()
    with pytest.raises(BrokenModel, match="is no file"):
        checked_file(tmp_path / "m.onnx")


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "m.onnx").touch()
    with pytest.raises(BrokenModel, match="is empty"):
        checked_file(tmp_path / "m.onnx")


def test_an_enormous_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(file, "BYTES_LIMIT", 2**30)
    with (tmp_path / "m.onnx").open("wb") as sparse:
        sparse.write(b"x")
        sparse.truncate(2**31)
    with pytest.raises(BrokenModel, match=r"has 2\.0 GiB, more than 1"):
        checked_file(tmp_path / "m.onnx")
