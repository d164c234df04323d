"""Program -> `.tflite` bytes: every node by its entry in the table, in the Program's order."""

from __future__ import annotations

from collections import Counter

from torch import fx

from edgeattn_converters.program import Program
from edgeattn_converters.tflite.builder import Tensor
from edgeattn_converters.tflite.plan import plan
from edgeattn_converters.tflite.table import OPERATORS
from edgeattn_converters.tflite.writer import Writer
from edgeattn_runtime.errors import CannotConvert

DESCRIPTION = "EdgeAttn: {name}"


def lower(program: Program) -> bytes:
    """Return the file of a Program that was specialised for TFLite.

    Inputs and outputs carry the names of the ports in the signature `serving_default`. The
    same Program gives the same bytes.

    Raises:
        CannotConvert: Operators without a counterpart, all of them at once; or a form of one.
    """
    _refuse_unknown(program)
    writer = Writer(program, plan(program))
    swallowed = set(writer.plan.relus.values())
    inputs: dict[str, Tensor] = {}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            port = program.inputs[len(inputs)]
            inputs[port.name] = writer.result(node)
        elif node.op == "call_function" and node not in swallowed:
            OPERATORS[node.target](writer, node)
    results = program.graph.output_node().args[0]
    assert isinstance(results, tuple | list)
    outputs = {
        port.name: writer.value(node)
        for port, node in zip(program.outputs, results, strict=True)
        if isinstance(node, fx.Node)
    }
    return writer.builder.finish(inputs, outputs, DESCRIPTION.format(name=program.name))


def _refuse_unknown(program: Program) -> None:
    counts: Counter[str] = Counter()
    layers: dict[str, list[str]] = {}
    for node in program.graph.nodes:
        if node.op == "call_function" and node.target not in OPERATORS:
            counts[str(node.target)] += 1
            layers.setdefault(str(node.target), []).append(node.meta.get("layer") or "(top)")
    if not counts:
        return
    found = "; ".join(
        f"{name} ({count} time{'s' * (count > 1)}, in {', '.join(dict.fromkeys(layers[name]))})"
        for name, count in counts.items()
    )
    raise CannotConvert(
        f"TFLite has no counterpart for {found}; replace these operators in the model, or "
        "install the converter that knows more of them: pip install 'edgeattn[litert]'"
    )
