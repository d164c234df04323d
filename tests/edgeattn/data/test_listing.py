from __future__ import annotations

from pathlib import Path

import pytest

from edgeattn.data.listing import folder_splits, holds_recordings, list_files
from edgeattn_runtime.errors import BadData


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_class_folders_are_classes_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    touch(tmp_path / "yes" / "1.wav", tmp_path / "no" / "b" / "2.WAV", tmp_path / "no" / "n.txt")
    listing = list_files(tmp_path)
    assert listing.labels == ("no", "yes")
    assert [file.name for file in listing.files] == ["2.WAV", "1.wav"]
    assert listing.y is not None
    assert listing.y.tolist() == [0, 1]


def test_images_and_recordings_do_not_mix(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.wav", tmp_path / "a" / "2.jpg", tmp_path / "b" / "3.jpg")
    with pytest.raises(BadData, match=r"1 recordings, first 1\.wav, among 2 images; give each"):
        list_files(tmp_path)


def test_recordings_beside_class_folders_are_not_dropped_silently(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.wav", tmp_path / "lost.wav")
    with pytest.raises(BadData, match=r"1 recordings lie beside the class folders.* lost\.wav"):
        list_files(tmp_path)


def test_what_other_tools_leave_behind_is_no_class_and_no_sample(tmp_path: Path) -> None:
    touch(tmp_path / "a" / "1.wav", tmp_path / "a" / "._1.wav", tmp_path / "__MACOSX" / "2.wav")
    (tmp_path / "a" / "folder.wav").mkdir()
    assert [file.name for file in list_files(tmp_path).files] == ["1.wav"]


@pytest.mark.parametrize(("name", "heard"), [("1.wav", True), ("1.jpg", False), ("1.txt", False)])
def test_the_first_sample_says_what_a_folder_holds(name: str, heard: bool, tmp_path: Path) -> None:
    touch(tmp_path / "train" / "a" / name)
    assert holds_recordings(tmp_path) is heard


def test_splits_are_recognised_only_when_nothing_else_is_there(tmp_path: Path) -> None:
    touch(tmp_path / "train" / "a" / "1.wav", tmp_path / "Val" / "a" / "1.wav")
    assert folder_splits(tmp_path) == ("train", "validation")
    touch(tmp_path / "cat" / "1.wav")
    assert folder_splits(tmp_path) == ()
