"""Rows of a table by their number: token and position embeddings become GATHER."""

from __future__ import annotations

import numpy as np
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.program import shape
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.constants import Weight, weight
from edgeattn_converters.tflite.refusal import refuse
from edgeattn_converters.tflite.writer import Writer


def embedding(writer: Writer, node: fx.Node) -> None:
    """Write a GATHER of rows.

    An int8 table stays int8 in the file and in memory: rows are gathered as integers, then
    multiplied with their scales, which are gathered too when each row has its own.
    """
    given = arguments(node)
    table = weight(writer.program, given["weight"])
    if table is None:
        refuse(node, "has a table that is computed", "make it a constant")
    ids = int32_ids(writer, given["indices"])
    if table.affine is None:
        rows = writer.weight(given["weight"], table, as_int8=False)
        writer.builder.add("GATHER", [rows, ids], writer.result(node), "GatherOptions", axis=0)
        return
    _gather_int8(writer, node, table, ids)


def _gather_int8(writer: Writer, node: fx.Node, table: Weight, ids: Tensor) -> None:
    affine = table.affine
    assert affine is not None
    if affine.axis != 0 or affine.zero_point != 0:
        refuse(node, "has an int8 table without one scale a row", "quantise it along axis 0")
    builder = writer.builder
    rows = builder.constant(table.values, f"{node.name};table")
    levels = builder.tensor(node.name, shape(node), "int8")
    builder.add("GATHER", [rows, ids], levels, "GatherOptions", axis=0)
    real = builder.tensor(node.name, shape(node), "float32")
    builder.add("CAST", [levels], real, "CastOptions")
    steps = np.asarray(affine.scales, np.float32)
    if len(steps) == 1:
        scale = builder.constant(steps[0], f"{node.name};scale")
    else:
        scales = builder.constant(steps[:, None], f"{node.name};scales")
        scale = builder.tensor(node.name, (*ids.shape, 1), "float32")
        builder.add("GATHER", [scales, ids], scale, "GatherOptions", axis=0)
    builder.add("MUL", [real, scale], writer.result(node), "MulOptions")


def int32_ids(writer: Writer, node: fx.Node) -> Tensor:
    """Return the ids as int32: what every delegate reads."""
    if node.op == "get_attr":
        return writer.builder.constant(writer.array(node).astype(np.int32), node.name)
    ids = writer.value(node)
    if ids.dtype == "int32":
        return ids
    cast = writer.builder.tensor(f"{node.name};int32", ids.shape, "int32")
    return writer.builder.add("CAST", [ids], cast, "CastOptions")
