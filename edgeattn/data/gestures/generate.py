"""Make gestures.npz from the 100x100 photos: resize, split, pack.

    python edgeattn/data/gestures/generate.py FOLDER

FOLDER holds `all.npz` with `jpeg` (all files end to end), `offsets`, `labels` and `classes`, as
SOURCE.md describes. The result is the same byte for byte with Pillow 13.0.0 (libjpeg-turbo
3.2.0); another encoder gives other bytes, and then SOURCE.md and the checkpoint want renewing.
A photo that cannot be read stops the script: none is skipped.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 64
QUALITY = 95  # with 4:4:4 colour: 5.6 MB; lossless WebP would be 9.5 MB, PNG 13.9 MB
TRAIN_BELOW, VALIDATION_BELOW = 154, 186  # of 256: 60 % train, 12.5 % validation, 27.5 % test


def split_of(photo: bytes) -> int:
    """Return 0 for training, 1 for validation and 2 for test, from the first byte of SHA-256."""
    first = hashlib.sha256(photo).digest()[0]
    return 0 if first < TRAIN_BELOW else 1 if first < VALIDATION_BELOW else 2


def shrink(photo: bytes) -> bytes:
    """Return the photo at 64x64 as JPEG, colour at full resolution."""
    image = Image.open(io.BytesIO(photo)).convert("RGB")
    small = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, format="JPEG", quality=QUALITY, subsampling=0, optimize=True)
    return out.getvalue()


def main(source: Path, target: Path) -> None:
    """Read `source`/all.npz and write `target`."""
    with np.load(source / "all.npz") as original:
        joined, bounds = original["jpeg"].tobytes(), original["offsets"].tolist()
        labels, classes = original["labels"].astype(np.uint8), original["classes"]
    photos = [joined[a:b] for a, b in itertools.pairwise(bounds)]
    small = [shrink(photo) for photo in photos]
    np.savez(  # uncompressed: JPEG does not shrink further, and the zip stays reproducible
        target,
        jpeg=np.frombuffer(b"".join(small), np.uint8),
        offsets=np.cumsum([0, *map(len, small)], dtype=np.int64),
        labels=labels,
        classes=classes,
        split=np.array([split_of(photo) for photo in photos], np.uint8),
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(__file__).with_name("gestures.npz"))
