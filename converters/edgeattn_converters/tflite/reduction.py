"""Many numbers to one: mean, sum, largest."""

from __future__ import annotations

from collections.abc import Callable

from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.writer import Writer


def reduction(operator: str) -> Callable[[Writer, fx.Node], None]:
    """Return the function that writes `operator` over the axes of a node; none are all."""

    def write(writer: Writer, node: fx.Node) -> None:
        given = arguments(node)
        rank = len(shape(source(node)))
        dims = given.get("dim")
        axes = [dims] if isinstance(dims, int) else dims or list(range(rank))
        positive = sorted(axis % rank for axis in axes)
        writer.builder.add(
            operator,
            [
                writer.operand(source(node), node),
                writer.builder.integers(positive, f"{node.name};axes"),
            ],
            writer.result(node),
            "ReducerOptions",
            keepDims=bool(given.get("keepdim", False)),
        )

    return write
