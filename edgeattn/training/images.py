"""Labelled images as the tensors that training works on."""

from __future__ import annotations

import torch
from torch import Tensor

from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData


def image_tensors(data: Data, channels: int) -> tuple[Tensor, Tensor]:
    """Return images [N, channels, H, W] as float32 in [0, 1], and y [N]."""
    if data.y is None:
        raise BadData(f"{data.source} has no labels; training needs one per sample (`y`)")
    if len(data.x) != 1:
        raise BadData(f"{data.source} has the inputs {', '.join(data.x)}; training takes one")
    (x,) = data.x.values()
    if x.ndim != 4 or x.shape[1] != channels:
        raise BadData(
            f"{data.source} has samples of shape {list(x.shape[1:])}; "
            f"the model takes images [{channels}, height, width]"
        )
    if x.min() < 0 or x.max() > 1:
        raise BadData(
            f"{data.source} has values from {x.min():g} to {x.max():g}; the model takes images in "
            "[0, 1], for example pixels / 255"
        )
    return torch.from_numpy(x).float(), torch.from_numpy(data.y)
