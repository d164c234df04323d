"""Which files lie in a folder of class folders, before any of them is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeattn_runtime.errors import BadData, BadUsage

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
RECORDINGS = (".wav", ".wave")
SAMPLES = IMAGES + RECORDINGS
SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing", "eval"),
}


@dataclass(frozen=True)
class Listing:
    """The files of a folder, all of one kind.

    Attributes:
        files: Images or recordings.
        y: int64 [files], the class of each, or None without class folders.
        labels: The names of the class folders, sorted; None without them.
    """

    files: tuple[Path, ...]
    y: np.ndarray[tuple[int], np.dtype[np.int64]] | None
    labels: tuple[str, ...] | None


def folder_splits(folder: Path) -> tuple[str, ...]:
    """Return which splits `folder` is divided into; none when it holds class folders or images."""
    inside = {child.name.lower() for child in _folders(folder)}
    every = {name for names in SPLITS.values() for name in names}
    if not inside <= every:
        return ()
    return tuple(split for split, names in SPLITS.items() if inside & set(names))


def descend(folder: Path, split: str | None) -> Path:
    """Return the sub-folder of the split when `folder` is divided into splits."""
    inside = {child.name.lower(): child for child in _folders(folder)}
    if not folder_splits(folder):
        return folder
    wanted = SPLITS.get(split or "", ())
    for name in wanted:
        if name in inside:
            return inside[name]
    raise BadUsage(
        f"{folder.name} is divided into {', '.join(sorted(inside))}"
        f"{f', none of them {split}' if split else ''}; name the one to read, for example "
        f"{folder.name}/{min(inside)}"
    )


def list_files(folder: Path) -> Listing:
    """Return what is in class folders, or in the folder itself where it has none."""
    classes = _folders(folder)
    loose = sorted(child for child in folder.iterdir() if _is_sample(child))
    if classes and loose:
        raise BadData(
            f"{len(loose)} {kind_of(loose[0])} lie beside the class folders in {folder.name}, "
            f"first {loose[0].name}; move them into a class folder or away"
        )
    if not classes:
        if not loose:
            raise BadData(
                f"{folder.name} holds neither class folders nor images or recordings "
                f"({', '.join(SAMPLES)}); lay it out as {folder.name}/CLASS/IMAGE.jpg"
            )
        return Listing(_of_one_kind(loose, folder), None, None)
    files: list[Path] = []
    y: list[int] = []
    for number, folder_of_class in enumerate(classes):
        found = sorted(
            Path(root, name)
            for root, _, names in os.walk(folder_of_class)
            for name in names
            if _is_sample(Path(root, name))
        )
        if not found:
            raise BadData(
                f"class folder {folder_of_class.name} in {folder.name} holds no image or recording "
                f"({', '.join(SAMPLES)}); fill it or remove it"
            )
        files += found
        y += [number] * len(found)
    labels = tuple(c.name for c in classes)
    return Listing(_of_one_kind(files, folder), np.array(y, np.int64), labels)


def _of_one_kind(files: list[Path], folder: Path) -> tuple[Path, ...]:
    heard = [file for file in files if is_recording(file)]
    if heard and len(heard) < len(files):
        raise BadData(
            f"{folder.name} holds {len(heard)} recordings, first {heard[0].name}, among "
            f"{len(files) - len(heard)} images; give each kind a folder of its own"
        )
    return tuple(files)


def holds_recordings(folder: Path) -> bool:
    """Tell whether the first sample under `folder` is a recording; none is neither."""
    for root, _, names in os.walk(folder):
        for name in names:
            if _is_sample(file := Path(root, name)):
                return is_recording(file)
    return False


def _folders(folder: Path) -> list[Path]:
    # "." and "__" begin what tools leave behind: .ipynb_checkpoints, __MACOSX.
    return sorted(
        child
        for child in folder.iterdir()
        if child.is_dir() and not child.name.startswith((".", "__"))
    )


def kind_of(file: Path) -> str:
    """Return "images" or "recordings"."""
    return "recordings" if is_recording(file) else "images"


def is_recording(file: Path) -> bool:
    """Tell by its name whether a file is a recording."""
    return file.suffix.lower() in RECORDINGS


def _is_sample(path: Path) -> bool:
    known = path.suffix.lower() in SAMPLES
    return known and not path.name.startswith(".") and path.is_file()
