from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgeattn.data.data import Data
from edgeattn.training.splits import hold_back, load_splits
from edgeattn_runtime.errors import BadData, BadUsage


def samples(count: int, labelled: bool = True) -> Data:
    x = np.arange(count, dtype=np.float32)[:, None]
    return Data({"x": x}, np.arange(count) % 5 if labelled else None, None, "demo")


def test_the_embedded_photos_come_in_three_parts() -> None:
    splits = load_splits("gestures")
    assert splits.name == "gestures"
    assert splits.test is not None
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [
        1245,
        272,
        545,
    ]


def test_a_fifth_of_each_class_is_held_back_and_nothing_is_lost() -> None:
    splits = hold_back("demo", samples(50))
    assert splits.validation.y is not None
    assert np.bincount(splits.validation.y).tolist() == [2, 2, 2, 2, 2]
    together = np.concatenate([splits.train.x["x"], splits.validation.x["x"]])
    assert sorted(together[:, 0].tolist()) == list(range(50))
    assert splits.test is None


def test_the_same_samples_are_held_back_every_time() -> None:
    first, second = hold_back("demo", samples(50)), hold_back("demo", samples(50))
    assert np.array_equal(first.validation.x["x"], second.validation.x["x"])


def test_an_archive_is_divided(tmp_path: Path) -> None:
    np.savez(tmp_path / "demo.npz", x=np.zeros((10, 3), np.float32), y=np.arange(10) % 2)
    splits = load_splits(str(tmp_path / "demo.npz"))
    assert (len(splits.train), len(splits.validation)) == (8, 2)


def test_data_without_labels_is_refused() -> None:
    with pytest.raises(BadData, match="demo has no labels; training needs one per sample"):
        hold_back("demo", samples(10, labelled=False))


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(BadData, match="demo has 2 samples, too few to hold 20% back"):
        hold_back("demo", samples(2))


def photos(folder: Path, *classes: str, count: int = 5) -> None:
    for name in classes:
        (folder / name).mkdir(parents=True)
        for index in range(count):
            Image.new("RGB", (8, 8)).save(folder / name / f"{index}.png")


def test_a_folder_with_splits_of_its_own_keeps_them(tmp_path: Path) -> None:
    for part, count in (("train", 5), ("val", 2), ("test", 3)):
        photos(tmp_path / part, "a", "b", count=count)
    splits = load_splits(str(tmp_path), image_size=(8, 8))
    assert splits.test is not None
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [10, 4, 6]


def test_a_folder_without_validation_holds_some_back_and_keeps_its_test(tmp_path: Path) -> None:
    photos(tmp_path / "train", "a", "b")
    photos(tmp_path / "test", "a", "b", count=2)
    splits = load_splits(str(tmp_path), image_size=(8, 8))
    assert splits.test is not None
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [8, 2, 4]


def test_splits_with_other_classes_are_refused(tmp_path: Path) -> None:
    photos(tmp_path / "train", "a", "b")
    photos(tmp_path / "test", "a", "c")
    with pytest.raises(
        BadData, match=r"test and train in .* differ in 2 class folders, first b; give"
    ):
        load_splits(str(tmp_path), image_size=(8, 8))


def test_a_folder_without_training_samples_is_refused(tmp_path: Path) -> None:
    photos(tmp_path / "test", "a", "b")
    with pytest.raises(BadUsage, match="is divided into test, none of them train"):
        load_splits(str(tmp_path), image_size=(8, 8))
