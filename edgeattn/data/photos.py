"""Photos from a folder as a model wants them, and how the bundle says so.

A folder of images comes as float32 [N, 3, height, width] in [0, 1]. A model that carries
`.preprocessing` gets exactly those steps instead; for one without, the steps that were taken are
written down, so that a phone can repeat them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeattn.data.data import Data
from edgeattn.data.listing import holds_recordings
from edgeattn_runtime.errors import BrokenModel
from edgeattn_runtime.preprocessing import Step, numpy_steps, preprocess

Steps = tuple[dict[str, Any], ...]

UNIT_RANGE: Steps = (
    {"step": "cast", "dtype": "float32"},
    {"step": "scale", "factor": 1 / 255},
    {"step": "transpose", "axes": [0, 3, 1, 2]},
)
"""What makes [0, 1] and channels first of decoded pixels, uint8 [N, height, width, 3]."""


def is_photo_folder(spec: str | None) -> bool:
    """Tell whether DATA as typed is a folder of images."""
    if spec is None or not (folder := Path(spec).expanduser()).is_dir():
        return False
    return not holds_recordings(folder)


def steps_taken(height: int, width: int) -> Steps:
    """Return how a folder's photos were prepared: short side resized, middle kept, [0, 1]."""
    size = [height, width]
    return ({"step": "resize", "size": size}, {"step": "crop", "size": size}, *UNIT_RANGE)


def prepared(data: Data, steps: Steps, model: str) -> Data:
    """Return a folder's photos after the model's own steps.

    Raises:
        BrokenModel: A step is unknown, or lacks an option.
    """
    try:
        wanted = numpy_steps(tuple(map(Step.from_json, steps)))
    except (KeyError, ValueError) as error:
        raise BrokenModel(f"{model}.preprocessing is not usable: {error}") from error
    if not wanted or wanted == tuple(map(Step.from_json, UNIT_RANGE)):
        return data
    x = {
        name: np.rint(array * np.float32(255)).astype(np.uint8).transpose(0, 2, 3, 1)
        for name, array in data.x.items()
    }
    return Data(preprocess(x, wanted), data.y, data.labels, data.source)
