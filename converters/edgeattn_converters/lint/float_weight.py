"""Layers that keep their work in float because no policy names them or their weight moves."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of, word_for
from edgeattn_converters.operator_kind import HAS_WEIGHTS

A = torch.ops.aten

HEAVY = frozenset(
    {A.conv1d.default, A.conv3d.default, A.conv_transpose1d.default,
     A.conv_transpose2d.input, A.addmm.default, A.mm.default, A.baddbmm.default,
     A.einsum.default, A.lstm.input, A.gru.input}
)  # fmt: skip

FLOAT_WEIGHT = Rule(
    name="float-weight",
    severity="warning",
    finds="A product with weights that no policy names, or whose weights are computed.",
    why="it keeps its time and its size: of the work only convolutions and Linears with constant "
    "weights get 2.2-4.0x as fast in int8.",
    remedy="write it with nn.Linear, nn.Conv1d or nn.Conv2d and constant weights; where that is "
    "not possible, expect this part to run as fast as in float",
    evidence=("docs/measurements/engine-forms.md",),
)


def float_weight(subject: Subject) -> Iterator[Finding]:
    """Yield a warning, per policy, for multiplications that int8 does not reach."""
    for target in subject.targets:
        for node, decision in target.decisions.items():
            if decision.int8:
                continue
            if node.target in HEAVY:
                why = f"stays float on {target.policy.name}: the quantiser does not know it"
            elif decision.kind in HAS_WEIGHTS:
                why = f"stays float on {target.policy.name}: {decision.reason}"
            else:
                continue
            yield FLOAT_WEIGHT.finding(
                op=word_for(node),
                layer=place_of(node),
                why=why,
            )
