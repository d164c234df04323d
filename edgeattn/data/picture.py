"""One image file -> one array: upright, RGB, short side resized, centre-cropped, [0, 1]."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edgeattn_runtime.errors import BadEnvironment

if TYPE_CHECKING:
    from PIL import Image

PIXELS_LIMIT = 100_000_000  # a 100-megapixel photo is 300 MB decoded; a bomb claims far more


class PictureError(Exception):
    """Why one image cannot be used; the caller counts them and names the first."""


def read_picture(file: Path | BinaryIO, height: int, width: int) -> NDArray[np.float32]:
    """Return an image file as float32 [3, height, width] in [0, 1].

    The camera's rotation (EXIF) is applied. The image is resized until it just covers
    height x width, bilinear with antialiasing, and what sticks out is cut off evenly.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise BadEnvironment(
            "reading images needs Pillow; install it with `pip install 'edgeattn[train]'`"
        ) from error
    try:
        # Our own limit answers for huge images, with a sentence instead of a warning.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(file)
        with opened:
            pixels = opened.width * opened.height
            if pixels > PIXELS_LIMIT:
                raise PictureError(f"{pixels / 1e6:.0f} megapixels, over {PIXELS_LIMIT / 1e6:.0f}")
            if opened.mode.startswith(("I", "F")):
                raise PictureError(f"{opened.mode} pixels; save it with 8 bits per channel")
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # The message of UnidentifiedImageError repeats the path or a memory address.
        unknown = "cannot identify" in str(error)
        raise PictureError("no image format known" if unknown else str(error)) from error
    fitted = cover(upright, height, width)
    return np.asarray(fitted, np.float32).transpose(2, 0, 1) / np.float32(255)


def cover(image: Image.Image, height: int, width: int) -> Image.Image:
    """Resize until the image just covers height x width, and cut off evenly what sticks out."""
    from PIL import Image

    scale = max(height / image.height, width / image.width)
    wide = max(width, round(image.width * scale))
    high = max(height, round(image.height * scale))
    resized = image.resize((wide, high), Image.Resampling.BILINEAR)
    left, top = (wide - width) // 2, (high - height) // 2
    return resized.crop((left, top, left + width, top + height))
