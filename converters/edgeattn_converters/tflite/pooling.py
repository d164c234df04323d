"""Pooling of channels-last images."""

from __future__ import annotations

from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.tflite.padding import SAME, VALID, is_same, pad_image
from edgeattn_converters.tflite.writer import Writer


def max_pool(writer: Writer, node: fx.Node) -> None:
    """Write MAX_POOL_2D; a border that SAME does not mean holds the lowest number."""
    given = arguments(node)
    image = writer.operand(given["x"], node)
    kernel, stride, (rows, columns) = given["kernel"], given["stride"], given["padding"]
    border = [rows, rows, columns, columns]
    padding = SAME if is_same(image.shape[1:3], kernel, stride, border) else VALID
    if padding == VALID and any(border):
        image = pad_image(writer, image, border, node, fill=float("-inf"))
    fields = _window(kernel, stride, padding)
    writer.builder.add("MAX_POOL_2D", [image], writer.result(node), "Pool2DOptions", **fields)


def avg_pool(writer: Writer, node: fx.Node) -> None:
    """Write AVERAGE_POOL_2D."""
    given = arguments(node)
    image = writer.operand(given["x"], node)
    fields = _window(given["kernel"], given["stride"], VALID)
    writer.builder.add("AVERAGE_POOL_2D", [image], writer.result(node), "Pool2DOptions", **fields)


def _window(kernel: list[int], stride: list[int], padding: int) -> dict[str, int]:
    return {
        "filterHeight": kernel[0],
        "filterWidth": kernel[1],
        "strideH": stride[0],
        "strideW": stride[1],
        "padding": padding,
    }
