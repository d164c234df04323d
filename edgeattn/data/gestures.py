"""The embedded photographs: hands that show a digit, 64x64 RGB, Apache-2.0.

Where they come from, what was changed and how they were split is told in gestures/SOURCE.md.
"""

from __future__ import annotations

import io
import zipfile
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BadData, BadEnvironment, BadUsage

if TYPE_CHECKING:
    from edgeattn.data.data import Data

SPLITS = ("train", "validation", "test")
SIDE = 64


def load_gestures(split: str = "test") -> Data:
    """Return the photos of one split: 1,245 for training, 272 to validate, 545 to test.

    Args:
        split: `train`, `validation` or `test`.

    Returns:
        x: float32 [N, 3, 64, 64] in [0, 1]; y: int64 [N], the digit shown.
    """
    from edgeattn.data.data import Data

    if split not in SPLITS:
        raise BadUsage(f"gestures has no split {split!r}; choose {', '.join(SPLITS)}")
    archive = read_archive()
    chosen = np.flatnonzero(archive["split"] == SPLITS.index(split))
    pixels = decode(archive["jpeg"], archive["offsets"], chosen)  # [N, height, width, channel]
    return Data(
        x={"x": pixels.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)},
        y=archive["labels"][chosen].astype(np.int64),
        labels=tuple(str(name) for name in archive["classes"]),
        source=f"gestures, {split} split, {len(chosen)} photos",
    )


def read_archive() -> dict[str, np.ndarray[Any, Any]]:
    """Return the arrays of gestures.npz: jpeg, offsets, labels, classes and split."""
    file = resources.files("edgeattn") / "data" / "gestures" / "gestures.npz"
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise BadEnvironment(
            f"the embedded photos in {file} cannot be read ({error}); install edgeattn again"
        ) from error


def decode(
    jpeg: np.ndarray[Any, Any], offsets: np.ndarray[Any, Any], chosen: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    """Return the chosen photos as uint8 [N, 64, 64, 3].

    Args:
        jpeg: uint8 [bytes], all files end to end.
        offsets: int64 [photos + 1], where each file starts, and the end.
        chosen: int64 [N], the photos wanted.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise BadEnvironment(
            "the photos need Pillow to be decoded; `pip install 'edgeattn[train]'` adds it"
        ) from error

    pixels = np.empty((len(chosen), SIDE, SIDE, 3), np.uint8)
    for row, photo in enumerate(chosen):
        file = jpeg[offsets[photo] : offsets[photo + 1]].tobytes()
        try:
            pixels[row] = np.asarray(Image.open(io.BytesIO(file)))
        except (OSError, ValueError) as error:
            raise BadData(
                f"photo {photo} of {len(offsets) - 1} in gestures.npz is damaged ({error}); "
                "install edgeattn again"
            ) from error
    return pixels
