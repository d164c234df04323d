"""Numbers in order: topk and sort become TOPK_V2, argmax becomes ARG_MAX.

TFLite counts places in int32, PyTorch in int64; a CAST behind each keeps the Program's type.
Equal numbers come in their own order, the earlier one first.
"""

from __future__ import annotations

from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.dialect import ATEN
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import Writer

RANKINGS = frozenset({ATEN.topk.default, ATEN.sort.default})
"""They return values and places; `getitem` picks one."""


def topk(writer: Writer, node: fx.Node) -> None:
    """Write the k largest numbers of each row, or the smallest, the outermost one first."""
    given = arguments(node)
    _rank(writer, node, given["k"], largest=given["largest"])


def sort(writer: Writer, node: fx.Node) -> None:
    """Write each row in order: a TOPK_V2 of all its numbers."""
    axis = arguments(node)["dim"]
    _rank(writer, node, shape(source(node))[axis], largest=arguments(node)["descending"])


def argmax(writer: Writer, node: fx.Node) -> None:
    """Write the place of the largest number along one axis."""
    given = arguments(node)
    if given["dim"] is None:
        refuse(node, "looks for the largest of all numbers", "flatten and name the axis")
    x = writer.value(source(node))
    axis = given["dim"] % len(x.shape)
    without = (*x.shape[:axis], *x.shape[axis + 1 :])
    builder = writer.builder
    axes = builder.integers([axis], f"{node.name};axis")
    place = builder.tensor(f"{node.name};int32", without, "int32")
    int32 = 2  # the schema's TensorType.INT32
    builder.add("ARG_MAX", [x, axes], place, "ArgMaxOptions", outputType=int32)
    if given["keepdim"]:
        kept = builder.tensor(f"{node.name};kept", shape(node), "int32")
        size = builder.integers(shape(node), f"{node.name};shape")
        place = builder.add("RESHAPE", [place, size], kept, "ReshapeOptions", newShape=kept.shape)
    builder.add("CAST", [place], writer.result(node), "CastOptions")


def _rank(writer: Writer, node: fx.Node, count: int, *, largest: bool) -> None:
    x = writer.value(source(node))
    if arguments(node)["dim"] % len(x.shape) != len(x.shape) - 1:
        refuse(node, "ranks along an inner axis", "transpose, so that it is the last one")
    builder, name = writer.builder, node.name
    size = (*x.shape[:-1], count)
    if not largest:  # TFLite knows the largest only
        x = _negated(writer, x, f"{name};negative")
    values = builder.tensor(f"{name};values", size, x.dtype)
    places = builder.tensor(f"{name};places", size, "int32")
    k = builder.integers([count], f"{name};k")
    # k is a scalar in TensorFlow; the kernel asks for one element, of whatever rank.
    builder.add("TOPK_V2", [x, k], (values, places), "TopKV2Options")
    if not largest:
        values = _negated(writer, values, f"{name};smallest")
    for part in node.users:
        if arguments(part)["index"] == 0:
            writer.hold(part, values)
        else:
            builder.add("CAST", [places], writer.result(part), "CastOptions")


def _negated(writer: Writer, x: Tensor, name: str) -> Tensor:
    result = writer.builder.tensor(name, x.shape, x.dtype)
    return writer.builder.add("NEG", [x], result, "NegOptions")
