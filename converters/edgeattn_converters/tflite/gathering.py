"""Rows of an activation by their computed numbers: index_select becomes GATHER."""

from __future__ import annotations

from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.embedding import int32_ids
from edgeattn_converters.tflite.writer import Writer


def index_select(writer: Writer, node: fx.Node) -> None:
    """Write a GATHER; int8 rows stay int8."""
    given = arguments(node)
    x = writer.operand(source(node), node)
    axis = given["dim"] % len(shape(source(node)))
    places = int32_ids(writer, given["index"])
    writer.builder.add("GATHER", [x, places], writer.result(node), "GatherOptions", axis=axis)
