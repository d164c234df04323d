"""Samples from a folder of class folders: photos, or recordings.

    photos/                        words/
      cat/  001.jpg  002.png         yes/  001.wav  002.wav
      dog/  001.jpg                  no/   001.wav

Photos come as RGB, centre-cropped, [0, 1], NCHW; recordings as clips of one length, [-1, 1]. A
folder with files and no class folders gives samples without labels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.data import Data
from edgeattn.data.listing import RECORDINGS, descend, is_recording, kind_of, list_files
from edgeattn.data.picture import PictureError, read_picture
from edgeattn.data.recordings import Clip, read_recordings
from edgeattn.data.stratify import stratified_order
from edgeattn_runtime.errors import BadData, BadUsage

BYTES_LIMIT = 8 * 2**30  # decoded, float32

# the samples that could be read, which those are, and what is wrong with the others
_Read = tuple[NDArray[np.float32], NDArray[np.bool_], tuple[str, ...]]


def load_folder(
    folder: Path,
    *,
    image_size: tuple[int, int] | None,
    clip: Clip | None = None,
    split: str | None = None,
    samples: int | None = None,
    on_broken: Callable[[tuple[str, ...]], None] | None = None,
) -> Data:
    """Return what lies under `folder`, float32 [N, 3, height, width] or [N, samples].

    Args:
        folder: Holds one folder per class, or `train/` and `test/` that do.
        image_size: Height and width the model wants, where it looks at images.
        clip: Length and rate the model wants, where it hears recordings.
        split: "train", "validation" or "test"; used when the folder is divided that way.
        samples: Decode no more than these, each class in its share; None decodes all.
        on_broken: Told which files are broken, which are then left out; None refuses them.
    """
    listing = list_files(descend(folder, split))
    count = len(listing.files)
    groups = np.zeros(count, np.int64) if listing.y is None else listing.y
    chosen = stratified_order(groups, seed=0)[: samples or count] if samples else range(count)
    files = [listing.files[index] for index in chosen]
    if is_recording(files[0]):
        x, good, broken = _hear(files, folder, clip)
    else:
        x, good, broken = _look(files, folder, image_size, clip)
    if broken and (on_broken is None or not good.any()):
        raise BadData(
            f"{len(broken)} of {len(files)} {kind_of(files[0])} in {folder.name} cannot be used, "
            f"first {broken[0]}; repair or remove them"
        )
    if broken and on_broken is not None:
        on_broken(broken)
    y = None if listing.y is None else listing.y[np.asarray(chosen)][good]
    return Data({"x": x}, y, listing.labels, folder.name)


def _hear(files: list[Path], folder: Path, clip: Clip | None) -> _Read:
    if clip is None:
        raise BadUsage(
            f"{folder.name} is a folder of recordings, and the model takes none, or does not say "
            "how long; let the factory return (module, example_inputs)"
        )
    _check_bytes(len(files) * clip.samples * 4, f"{len(files)} recordings", folder)
    return read_recordings(files, folder, clip)


def _look(
    files: list[Path], folder: Path, image_size: tuple[int, int] | None, clip: Clip | None
) -> _Read:
    if clip is not None:
        raise BadUsage(
            f"{folder.name} is a folder of images, and the model hears {clip.samples} samples; "
            f"name one of recordings ({', '.join(RECORDINGS)})"
        )
    if image_size is None:
        raise BadUsage(
            f"{folder.name} is a folder of images, and nothing says which size the model takes; "
            "let the factory return (module, example_inputs)"
        )
    height, width = image_size
    if height < 1 or width < 1:
        raise BadUsage(f"image size {height}x{width} holds no pixel; give two positive numbers")
    size = len(files) * 3 * height * width * 4
    _check_bytes(size, f"{len(files)} images of {height}x{width}", folder)
    return _decode(files, folder, height, width)


def _check_bytes(needed: int, what: str, folder: Path) -> None:
    if needed > BYTES_LIMIT:
        raise BadData(
            f"{what} in {folder.name} take {needed / 2**30:.1f} GiB, more than "
            f"{BYTES_LIMIT / 2**30:.0f}; pass --samples"
        )


def _decode(files: list[Path], folder: Path, height: int, width: int) -> _Read:
    x = np.empty((len(files), 3, height, width), np.float32)
    good = np.ones(len(files), np.bool_)
    broken: list[str] = []
    for index, file in enumerate(files):
        try:
            x[index] = read_picture(file, height, width)
        except PictureError as error:
            broken.append(f"{file.relative_to(folder)} ({error})")
            good[index] = False
    return (x[good] if broken else x), good, tuple(broken)
