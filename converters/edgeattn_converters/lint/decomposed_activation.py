"""SiLU and Hardswish that arrive in pieces."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.repaired import before_and_after
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.program import Program

A = torch.ops.aten

DECOMPOSED_ACTIVATION = Rule(
    name="decomposed-activation",
    severity="info",
    finds="x * sigmoid(x), or x * relu6(x + 3) / 6, instead of SiLU or Hardswish.",
    why="the pieces of a Hardswish are three or four operators with constant operands, which no "
    "integer kernel takes here; as one operator between int8 neighbours it is a table on LiteRT, "
    "as fast as in float and without a conversion. A SiLU is LOGISTIC and MUL there either way "
    "(3.2-3.4x as fast in int8); other engines have it as one operator.",
    remedy="use torch.nn.SiLU or torch.nn.Hardswish; for an .onnx file, opset 14 has HardSwish",
    evidence=("docs/measurements/engine-forms.md", "passes/fuse_gates.py"),
    repaired="sometimes",
)
CLAMPS = frozenset({A.relu6.default, A.hardtanh.default, A.clamp.default, A.hardsigmoid.default})


def decomposed_activation(subject: Subject) -> Iterator[Finding]:
    """Yield a finding for each product of a number with its own gate."""
    for node, repaired in before_and_after(subject, _gated):
        make = DECOMPOSED_ACTIVATION.repaired_finding if repaired else DECOMPOSED_ACTIVATION.finding
        word = _word(node)
        module = "SiLU" if word == "silu" else "Hardswish"
        count = "two" if word == "silu" else "three or four"
        why = f"a {module} written out: {count} operators instead of one"
        yield make(op=word, layer=place_of(node), why=why)


def _gated(program: Program) -> Iterator[fx.Node]:
    for node in calls(program):
        if _word(node):
            yield node


def _word(node: fx.Node) -> str:
    """Return "silu" or "hardswish" for the product of x with a gate of x, else ""."""
    if node.target is not A.mul.Tensor or len(node.all_input_nodes) != 2:
        return ""
    for x, gate in (node.args[:2], reversed(node.args[:2])):
        if not isinstance(gate, fx.Node):
            continue
        if gate.target is A.sigmoid.default and gate.args[0] is x:
            return "silu"
        if gate.target is A.hardsigmoid.default and gate.args[0] is x:
            return "hardswish"
        if _clamped(gate) is x:
            return "hardswish"
    return ""


def _clamped(gate: fx.Node) -> object:
    """Return x for relu6(x + 3), or for that divided by 6."""
    if gate.target in (A.div.Tensor, A.mul.Tensor) and isinstance(gate.args[0], fx.Node):
        gate = gate.args[0]
    if gate.target not in CLAMPS:
        return None
    total = gate.args[0]
    if not isinstance(total, fx.Node) or total.target is not A.add.Tensor:
        return None
    return total.args[0] if total.args[1] in (3, 3.0) else None
