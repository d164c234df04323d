"""Define in a model what it calls beside a fused core: functions by table, LayerNorms."""

from __future__ import annotations

import onnx
from onnx import helper

from edgeattn_converters.onnx import fused_norms, fused_tables
from edgeattn_converters.onnx.fused_tables import DOMAIN
from edgeattn_converters.onnx.symbolic import MICROSOFT

DEFINITIONS = {
    **{name: fused_tables.definition for name in fused_tables.TABLES},
    **{name: fused_norms.definition for name in fused_norms.NORMS},
}


def define_siblings(model: onnx.ModelProto) -> None:
    """Add the functions that a model calls, each once."""
    called = {node.op_type for node in model.graph.node if node.domain == DOMAIN}
    for name in sorted(called & DEFINITIONS.keys()):
        model.functions.append(DEFINITIONS[name](name))
    known = {opset.domain for opset in model.opset_import}
    if called & set(fused_tables.TABLES) and MICROSOFT not in known:
        model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
