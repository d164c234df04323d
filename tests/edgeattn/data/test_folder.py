import numpy as np
import pytest
from PIL import Image

from edgeattn.data import folder as folder_module
from edgeattn.data.folder import load_folder
from edgeattn_runtime.errors import BadData, BadUsage

SIZE = (8, 8)


def image(path, level: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (10, 8), (level, level, level)).save(path)


@pytest.fixture
def photos(tmp_path):
    for index in range(4):
        image(tmp_path / "photos" / "dog" / f"{index}.png", 255)
        image(tmp_path / "photos" / "cat" / "deeper" / f"{index}.JPG")
    image(tmp_path / "photos" / ".hidden" / "x.png")
    (tmp_path / "photos" / "cat" / "notes.txt").write_text("no image")
    return tmp_path / "photos"


def test_class_folders_give_images_and_sorted_classes(photos):
    data = load_folder(photos, image_size=SIZE)
    assert data.labels == ("cat", "dog")
    assert data.x["x"].shape == (8, 3, 8, 8)
    assert data.y.tolist() == [0] * 4 + [1] * 4
    assert [float(x.mean()) for x in data.x["x"]] == [0.0] * 4 + [1.0] * 4


def test_only_the_samples_asked_for_are_decoded(photos):
    for path in sorted((photos / "dog").iterdir())[1:]:
        image(path, 255)
    data = load_folder(photos, image_size=SIZE, samples=4)
    assert np.bincount(data.y).tolist() == [2, 2]


def test_a_folder_of_images_gives_samples_without_labels(tmp_path):
    image(tmp_path / "one.png")
    data = load_folder(tmp_path, image_size=SIZE)
    assert (data.y, data.labels, len(data)) == (None, None, 1)


def test_splits_are_found_by_name(tmp_path):
    image(tmp_path / "train" / "a" / "1.png")
    image(tmp_path / "val" / "a" / "1.png", 255)
    assert load_folder(tmp_path, image_size=SIZE, split="validation").x["x"].max() == 1
    assert load_folder(tmp_path, image_size=SIZE, split="train").x["x"].max() == 0


@pytest.mark.parametrize("split", [None, "test"])
def test_splits_without_a_choice_are_not_taken_for_classes(split, tmp_path):
    for name in ("train", "val"):
        image(tmp_path / name / "a" / "1.png")
    with pytest.raises(BadUsage, match="is divided into train, val"):
        load_folder(tmp_path, image_size=SIZE, split=split)


def test_broken_images_are_counted_and_the_first_is_named(photos):
    (photos / "cat" / "a.png").write_bytes(b"hello")
    (photos / "dog" / "2.png").write_bytes(b"")
    with pytest.raises(BadData, match=r"2 of 9 images in photos cannot be used, first cat/a\.png"):
        load_folder(photos, image_size=SIZE)


def test_an_empty_folder_says_how_to_lay_it_out(tmp_path):
    with pytest.raises(BadData, match="neither class folders nor images"):
        load_folder(tmp_path, image_size=SIZE)


def test_an_empty_class_is_refused(photos):
    (photos / "bird").mkdir()
    with pytest.raises(BadData, match="class folder bird in photos holds no image"):
        load_folder(photos, image_size=SIZE)


def test_images_beside_class_folders_are_not_dropped_silently(photos):
    image(photos / "lost.png")
    with pytest.raises(BadData, match=r"1 images lie beside the class folders.* lost\.png"):
        load_folder(photos, image_size=SIZE)


def test_a_size_must_be_known_and_positive(photos):
    with pytest.raises(BadUsage, match="nothing says which size"):
        load_folder(photos, image_size=None)
    with pytest.raises(BadUsage, match="image size 0x8 holds no pixel"):
        load_folder(photos, image_size=(0, 8))


def test_more_than_memory_takes_asks_for_fewer_samples(photos, monkeypatch):
    monkeypatch.setattr(folder_module, "BYTES_LIMIT", 1000)
    with pytest.raises(BadData, match="pass --samples"):
        load_folder(photos, image_size=SIZE)
    assert len(load_folder(photos, image_size=SIZE, samples=1)) == 1


def test_broken_images_are_left_out_when_somebody_is_told(photos):
    (photos / "cat" / "a.png").write_bytes(b"hello")
    (photos / "dog" / "2.png").write_bytes(b"")
    told = []
    data = load_folder(photos, image_size=SIZE, on_broken=told.extend)
    assert told == ["cat/a.png (no image format known)", "dog/2.png (no image format known)"]
    assert data.x["x"].shape == (7, 3, 8, 8)
    assert data.y.tolist() == [0] * 4 + [1] * 3
    assert [float(x.mean()) for x in data.x["x"]] == [0.0] * 4 + [1.0] * 3


def test_nothing_but_broken_images_is_refused_all_the_same(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(b"hello")
    with pytest.raises(BadData, match="1 of 1 images"):
        load_folder(tmp_path, image_size=SIZE, on_broken=lambda files: None)
