"""Images made larger or smaller by whole factors."""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError

LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}


def _resize(recorder: Recorder, op: Operation) -> Any:
    x, lengths = op.input(0), shape(op.input(0))
    if op.get("axes") or op.get("antialias", 0):
        raise UnreadableNodeError("it names axes or antialiases; plain resizing is read")
    if op.has(3):
        wanted = op.whole(3)
    else:
        wanted = [int(n * s) for n, s in zip(lengths, op.constant(2).tolist(), strict=True)]
    if tuple(wanted) == lengths:
        return x
    if tuple(wanted[:2]) != lengths[:2]:
        raise UnreadableNodeError(f"it resizes batch or channels, {list(lengths)} to {wanted}")
    mode, place = op.get("mode", "nearest"), op.get("coordinate_transformation_mode", "half_pixel")
    if mode == "nearest":
        _check_nearest(op, place, lengths, wanted)
        return recorder.call(F.interpolate, x, size=wanted[2:], mode="nearest")
    if mode == "linear" and place in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        corners = place == "align_corners"
        return recorder.call(
            F.interpolate, x, size=wanted[2:], mode=LINEAR[len(lengths)], align_corners=corners
        )
    raise UnreadableNodeError(f"mode {mode!r} with {place!r} is not read; use nearest or linear")


def _check_nearest(op: Operation, place: str, lengths: tuple[int, ...], wanted: list[int]) -> None:
    """PyTorch takes pixel floor(i / factor); for whole factors the usual ONNX rules agree."""
    rounding = op.get("nearest_mode", "round_prefer_floor")
    floor = place == "asymmetric" and rounding == "floor"
    nearest = place in ("half_pixel", "pytorch_half_pixel") and rounding.startswith("round_prefer")
    whole = all(b % a == 0 for a, b in zip(lengths[2:], wanted[2:], strict=True))
    if not whole or not (floor or nearest):
        raise UnreadableNodeError(
            f"nearest with {place!r} and {rounding!r} from {list(lengths)} to {wanted} has no "
            "counterpart; enlarge by whole factors"
        )


RESIZING = {"Resize": _resize}
