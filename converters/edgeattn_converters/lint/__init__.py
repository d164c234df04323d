"""Rules on what would hurt, before any work is done: one per file, run over one model.

lint(captured, policies) -> findings, most important first
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edgeattn_converters.lint.attention_share import attention_share
from edgeattn_converters.lint.batch import batch
from edgeattn_converters.lint.decomposed_gelu import decomposed_gelu
from edgeattn_converters.lint.decomposed_norm import decomposed_norm
from edgeattn_converters.lint.depthwise import depthwise
from edgeattn_converters.lint.finding import SEVERITIES, Finding
from edgeattn_converters.lint.float_islands import float_islands
from edgeattn_converters.lint.float_weight import float_weight
from edgeattn_converters.lint.high_rank import high_rank
from edgeattn_converters.lint.integer_input import integer_input
from edgeattn_converters.lint.lanes import lanes
from edgeattn_converters.lint.masks import masks
from edgeattn_converters.lint.old_interpreter import old_interpreter
from edgeattn_converters.lint.residual_rank import residual_rank
from edgeattn_converters.lint.smooth_activation import smooth_activation
from edgeattn_converters.lint.subject import Subject, prepare
from edgeattn_converters.lint.uncaptured import uncaptured
from edgeattn_converters.lint.unwritable import unwritable
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program

__all__ = ["RULES", "SEVERITIES", "Finding", "lint", "uncaptured"]

Rule = Callable[[Subject], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    unwritable,
    masks,
    batch,
    float_weight,
    decomposed_norm,
    decomposed_gelu,
    attention_share,
    float_islands,
    high_rank,
    residual_rank,
    integer_input,
    old_interpreter,
    smooth_activation,
    lanes,
    depthwise,
)
"""Within one severity, findings come in this order."""


def lint(program: Program, policies: tuple[Policy, ...]) -> tuple[Finding, ...]:
    """Return what would hurt, most important first; the model is only read.

    Args:
        program: As `capture` made it, before any pass.
        policies: The engines it is meant for.
    """
    subject, findings = prepare(program, policies)
    for rule in RULES:
        findings += rule(subject)
    unique = dict.fromkeys(findings)  # two policies may find the same thing
    return tuple(sorted(unique, key=lambda finding: SEVERITIES.index(finding.severity)))
