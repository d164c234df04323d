"""Models without one operator that int8 makes faster."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject

NOTHING_TO_QUANTISE = Rule(
    name="nothing-to-quantise",
    severity="warning",
    finds="No operator of the model would run in int8.",
    why="the int8 file is the float file then; what int8 makes faster are convolutions, Linears "
    "with constant weights and, on LiteRT, the products of attention.",
    remedy="nothing: ship the fp32 file, `convert` picks it",
    evidence=("the placement that `convert` would use",),
)


def nothing_to_quantise(subject: Subject) -> Iterator[Finding]:
    """Yield a warning, per policy, when nothing is placed in int8."""
    for target in subject.targets:
        if not any(decision.int8 for decision in target.decisions.values()):
            yield NOTHING_TO_QUANTISE.finding(
                op="model",
                layer=subject.program.name,
                why=f"none of its operators runs in int8 on {target.policy.name}: the int8 file "
                "would be the float file",
            )
