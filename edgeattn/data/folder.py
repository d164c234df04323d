"""Samples from a folder of class folders: RGB, centre-cropped, [0, 1], NCHW.

    photos/
      cat/  001.jpg  002.png
      dog/  001.jpg

A folder with images and no class folders gives samples without labels.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeattn.data.data import Data
from edgeattn.data.picture import PictureError, read_picture
from edgeattn.data.stratify import stratified_order
from edgeattn_runtime.errors import BadData, BadUsage

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing", "eval"),
}
BYTES_LIMIT = 8 * 2**30  # decoded, float32


@dataclass(frozen=True)
class _Listing:
    """The files of a folder, before any of them is opened."""

    files: tuple[Path, ...]
    y: np.ndarray[tuple[int], np.dtype[np.int64]] | None
    labels: tuple[str, ...] | None


def load_folder(
    folder: Path,
    *,
    image_size: tuple[int, int] | None,
    split: str | None = None,
    samples: int | None = None,
    on_broken: Callable[[tuple[str, ...]], None] | None = None,
) -> Data:
    """Return the images under `folder`, float32 [N, 3, height, width] in [0, 1].

    Args:
        folder: Holds one folder per class, or `train/` and `test/` that do.
        image_size: Height and width the model wants.
        split: "train", "validation" or "test"; used when the folder is divided that way.
        samples: Decode no more than these, each class in its share; None decodes all.
        on_broken: Told which files are broken, which are then left out; None refuses them.
    """
    if image_size is None:
        raise BadUsage(
            f"{folder.name} is a folder of images, and nothing says which size the model takes; "
            "let the factory return (module, example_inputs)"
        )
    height, width = image_size
    if height < 1 or width < 1:
        raise BadUsage(f"image size {height}x{width} holds no pixel; give two positive numbers")
    listing = _list(_descend(folder, split))
    count = len(listing.files)
    groups = np.zeros(count, np.int64) if listing.y is None else listing.y
    chosen = stratified_order(groups, seed=0)[: samples or count] if samples else range(count)
    needed = len(chosen) * 3 * height * width * 4
    if needed > BYTES_LIMIT:
        raise BadData(
            f"{len(chosen)} images of {height}x{width} in {folder.name} take "
            f"{needed / 2**30:.1f} GiB, more than {BYTES_LIMIT / 2**30:.0f}; pass --samples"
        )
    files = [listing.files[index] for index in chosen]
    x, good = _decode(files, folder, height, width, on_broken)
    y = None if listing.y is None else listing.y[np.asarray(chosen)][good]
    return Data({"x": x}, y, listing.labels, folder.name)


def _decode(
    files: list[Path],
    folder: Path,
    height: int,
    width: int,
    on_broken: Callable[[tuple[str, ...]], None] | None,
) -> tuple[
    np.ndarray[tuple[int, ...], np.dtype[np.float32]], np.ndarray[tuple[int], np.dtype[np.bool_]]
]:
    """Return the images that could be read, and which those are, bool [files]."""
    x = np.empty((len(files), 3, height, width), np.float32)
    good = np.ones(len(files), np.bool_)
    broken: list[str] = []
    for index, file in enumerate(files):
        try:
            x[index] = read_picture(file, height, width)
        except PictureError as error:
            broken.append(f"{file.relative_to(folder)} ({error})")
            good[index] = False
    if broken and (on_broken is None or not good.any()):
        raise BadData(
            f"{len(broken)} of {len(files)} images in {folder.name} cannot be used, first "
            f"{broken[0]}; repair or remove them"
        )
    if broken and on_broken is not None:
        on_broken(tuple(broken))
    return (x[good] if broken else x), good


def folder_splits(folder: Path) -> tuple[str, ...]:
    """Return which splits `folder` is divided into; none when it holds class folders or images."""
    inside = {child.name.lower() for child in _folders(folder)}
    every = {name for names in SPLITS.values() for name in names}
    if not inside <= every:
        return ()
    return tuple(split for split, names in SPLITS.items() if inside & set(names))


def _descend(folder: Path, split: str | None) -> Path:
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


def _list(folder: Path) -> _Listing:
    classes = _folders(folder)
    loose = sorted(child for child in folder.iterdir() if _is_image(child))
    if classes and loose:
        raise BadData(
            f"{len(loose)} images lie beside the class folders in {folder.name}, first "
            f"{loose[0].name}; move them into a class folder or away"
        )
    if not classes:
        if not loose:
            raise BadData(
                f"{folder.name} holds neither class folders nor images "
                f"({', '.join(SUFFIXES)}); lay it out as {folder.name}/CLASS/IMAGE.jpg"
            )
        return _Listing(tuple(loose), None, None)
    files: list[Path] = []
    y: list[int] = []
    for number, folder_of_class in enumerate(classes):
        found = sorted(
            Path(root, name)
            for root, _, names in os.walk(folder_of_class)
            for name in names
            if _is_image(Path(root, name))
        )
        if not found:
            raise BadData(
                f"class folder {folder_of_class.name} in {folder.name} holds no image "
                f"({', '.join(SUFFIXES)}); fill it or remove it"
            )
        files += found
        y += [number] * len(found)
    return _Listing(tuple(files), np.array(y, np.int64), tuple(c.name for c in classes))


def _folders(folder: Path) -> list[Path]:
    # "." and "__" begin what tools leave behind: .ipynb_checkpoints, __MACOSX.
    return sorted(
        child
        for child in folder.iterdir()
        if child.is_dir() and not child.name.startswith((".", "__"))
    )


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
