"""Move views onto the integers: quantize(view(dequantize(q))) -> view(q), where scales agree.

The numbers are the same and a quarter of the bytes is moved.
"""

from __future__ import annotations

from torch import fx

from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.program import Program, finish, take_name
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE


def integer_views(program: Program) -> Program:
    """Return a copy in which views between equal scales work on integers."""
    program = program.copy()
    for quantize in program.graph.find_nodes(op="call_function", target=QUANTIZE):
        view = quantize.args[0]
        if not isinstance(view, fx.Node) or kind(view) != "layout":
            continue
        real = view.args[0]
        if not isinstance(real, fx.Node) or real.target is not DEQUANTIZE:
            continue
        if real.args[1:] != quantize.args[1:]:
            continue
        with program.graph.inserting_before(quantize):
            moved = program.graph.node_copy(view)
            moved.args = (tensor(real, 0), *view.args[1:])
        moved.meta = {"layer": view.meta["layer"], "val": quantize.meta["val"]}
        take_name(moved, quantize)
        quantize.replace_all_uses_with(moved)
    return finish(program)
