"""Recurrent layers: one copy of the cell for each time step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls

A = torch.ops.aten

GATES = frozenset({A.tanh.default, A.sigmoid.default, A.relu.default})
STEPS = 4  # fewer are hardly worth a word
RECURRENT = Rule(
    name="recurrent",
    severity="warning",
    finds="An LSTM, GRU or RNN, which the export writes as one cell for each time step.",
    why="the graph grows with the sequence (a GRU over 16 steps: more than 150 operators), every "
    "step waits for the one before it, and each small product pays the engine's overhead and its "
    "own conversions.",
    remedy="nn.Conv1d over time, or attention with a few tokens; else keep the recurrent layer in "
    "float outside of the bundle",
    evidence=("capture.py, SPELLED_OUT: no engine here has the layer whole",),
)


def recurrent(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each layer with the same gates over and over."""
    gates = Counter(node.meta["layer"] for node in calls(subject.program) if node.target in GATES)
    products = Counter(
        node.meta["layer"]
        for node in calls(subject.program)
        if node.target in (A.linear.default, A.mm.default, A.addmm.default)
    )
    for layer, count in gates.items():
        if min(count, products[layer]) >= STEPS:
            yield RECURRENT.finding(
                op="recurrent",
                layer=layer or subject.program.name,
                why=f"{products[layer]} products and {count} gates: the layer is written out, a "
                "cell for each time step",
            )
