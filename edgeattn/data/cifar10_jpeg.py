"""CIFAR-10 from JPEG files of quality 75: not the pristine pixels, and not comparable with them.

Each of train.npz and test.npz holds `jpeg` (all files end to end, uint8), `offsets` (int64
[N + 1]), `labels` (uint8 [N]) and `classes`.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from edgeattn.data.data import Data
from edgeattn.data.picture import PictureError, read_picture
from edgeattn_runtime.errors import BadData

SIDE = 32
VALIDATION_EVERY = 10  # every tenth training image validates, so that classes stay balanced


def load_cifar10_jpeg(folder: Path, split: str) -> Data:
    """Return float32 [N, 3, 32, 32] in [0, 1] with labels: 45,000 / 5,000 / 10,000 images."""
    path = folder / ("test.npz" if split == "test" else "train.npz")
    try:
        with np.load(path, allow_pickle=False) as archive:
            jpeg, offsets = archive["jpeg"], archive["offsets"]
            y, classes = archive["labels"].astype(np.int64), archive["classes"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise BadData(f"{path} cannot be read ({error}); place the file again") from error
    chosen = np.arange(len(y))
    if split != "test":
        chosen = chosen[(chosen % VALIDATION_EVERY == 0) == (split == "validation")]
    x = np.empty((len(chosen), 3, SIDE, SIDE), np.float32)
    for row, index in enumerate(chosen):
        content = jpeg[offsets[index] : offsets[index + 1]].tobytes()
        try:
            x[row] = read_picture(io.BytesIO(content), SIDE, SIDE)
        except PictureError as error:
            raise BadData(f"image {index} in {path} is broken ({error})") from error
    return Data({"x": x}, y[chosen], tuple(str(name) for name in classes), f"cifar10_jpeg {split}")
