"""SAME, VALID or an explicit PAD: how TFLite spells the border of a window."""

from __future__ import annotations

from collections.abc import Sequence

from torch import fx

from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.writer import Writer

SAME, VALID = 0, 1  # schema.fbs, enum Padding


def same_padding(length: int, window: int, stride: int) -> tuple[int, int]:
    """Return what SAME puts before and after an axis: as little as gives ceil(length / stride).

    >>> same_padding(8, window=3, stride=2)
    (0, 1)
    """
    total = max((-(-length // stride) - 1) * stride + window - length, 0)
    return total // 2, total - total // 2


def is_same(
    image: Sequence[int], window: Sequence[int], stride: Sequence[int], padding: Sequence[int]
) -> bool:
    """Return whether SAME means `padding` (top, bottom, left, right) on this image."""
    rows = same_padding(image[0], window[0], stride[0])
    columns = same_padding(image[1], window[1], stride[1])
    return (*rows, *columns) == tuple(padding)


def pad_image(
    writer: Writer, image: Tensor, padding: Sequence[int], of: fx.Node, fill: float | None = None
) -> Tensor:
    """Write a PAD of rows and columns around [batch, height, width, channels].

    Args:
        writer: The desk.
        image: int8 or float.
        padding: Top, bottom, left, right.
        of: The operator it is for.
        fill: What the border holds; None is the real number 0 (int8: the zero-point).
    """
    top, bottom, left, right = padding
    batch, height, width, channels = image.shape
    size = (batch, height + top + bottom, width + left + right, channels)
    output = writer.builder.tensor(f"{of.name};pad", size, image.dtype, image.affine)
    rows = [[0, 0], [top, bottom], [left, right], [0, 0]]
    amounts = writer.builder.integers(rows, f"{of.name};padding")
    if fill is None:
        return writer.builder.add("PAD", [image, amounts], output, "PadOptions")
    border = writer.border(image, fill, f"{of.name};fill")
    return writer.builder.add("PADV2", [image, amounts, border], output, "PadV2Options")
