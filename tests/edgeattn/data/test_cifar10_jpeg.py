import io

import numpy as np
import pytest
from PIL import Image

from edgeattn.data.cifar10_jpeg import load_cifar10_jpeg
from edgeattn_runtime.errors import BadData


def pack(path, levels) -> None:
    files = []
    for level in levels:
        file = io.BytesIO()
        Image.new("RGB", (32, 32), (level, level, level)).save(file, "JPEG")
        files.append(file.getvalue())
    np.savez(
        path,
        jpeg=np.frombuffer(b"".join(files), np.uint8),
        offsets=np.cumsum([0, *map(len, files)]),
        labels=np.arange(len(files), dtype=np.uint8) % 10,
        classes=np.array(list("abcdefghij")),
    )


@pytest.fixture
def folder(tmp_path):
    pack(tmp_path / "train.npz", range(0, 200, 10))
    pack(tmp_path / "test.npz", [255] * 10)
    return tmp_path


def test_splits_do_not_overlap(folder):
    train, validation, test = (
        load_cifar10_jpeg(folder, split) for split in ("train", "validation", "test")
    )
    assert (len(train), len(validation), len(test)) == (18, 2, 10)
    assert not set(train.hashes()) & set(validation.hashes())
    assert test.x["x"].shape == (10, 3, 32, 32)
    assert test.x["x"].min() == 1
    assert test.labels == tuple("abcdefghij")


def test_a_broken_file_is_refused(folder):
    (folder / "test.npz").write_bytes(b"hello")
    with pytest.raises(BadData, match=r"test\.npz cannot be read"):
        load_cifar10_jpeg(folder, "test")


def test_a_broken_image_is_named(folder):
    content = dict(np.load(folder / "test.npz"))
    content["jpeg"][content["offsets"][3] :][:20] = 0
    np.savez(folder / "test.npz", **content)
    with pytest.raises(BadData, match="image 3 in"):
        load_cifar10_jpeg(folder, "test")
