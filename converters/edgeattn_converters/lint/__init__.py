"""The catalogue of what hurts: one rule a file, run over one model before any work is done.

lint(captured, policies) -> findings, most important first
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator

from edgeattn_converters.lint.attention_share import ATTENTION_SHARE, attention_share
from edgeattn_converters.lint.batch import BATCH, batch
from edgeattn_converters.lint.batch_norm import BATCH_NORM, batch_norm
from edgeattn_converters.lint.constant_work import CONSTANT_WORK, constant_work
from edgeattn_converters.lint.dead_channels import DEAD_CHANNELS, dead_channels
from edgeattn_converters.lint.decomposed_activation import (
    DECOMPOSED_ACTIVATION,
    decomposed_activation,
)
from edgeattn_converters.lint.decomposed_gelu import DECOMPOSED_GELU, decomposed_gelu
from edgeattn_converters.lint.decomposed_norm import DECOMPOSED_NORM, decomposed_norm
from edgeattn_converters.lint.depthwise import DEPTHWISE, depthwise
from edgeattn_converters.lint.double_precision import DOUBLE_PRECISION, double_precision
from edgeattn_converters.lint.finding import SEVERITIES, Finding, gathered
from edgeattn_converters.lint.float_island import FLOAT_ISLAND, float_island
from edgeattn_converters.lint.float_weight import FLOAT_WEIGHT, float_weight
from edgeattn_converters.lint.hidden_linear import HIDDEN_LINEAR, hidden_linear
from edgeattn_converters.lint.high_rank import HIGH_RANK, high_rank
from edgeattn_converters.lint.integer_input import INTEGER_INPUT, integer_input
from edgeattn_converters.lint.lanes import LANES_RULE, lanes
from edgeattn_converters.lint.large_constant import LARGE_CONSTANT, large_constant
from edgeattn_converters.lint.large_embedding import LARGE_EMBEDDING, large_embedding
from edgeattn_converters.lint.layout_chain import LAYOUT_CHAIN, layout_chain
from edgeattn_converters.lint.long_rows import LONG_ROWS, long_rows
from edgeattn_converters.lint.mask import MASK, mask
from edgeattn_converters.lint.mask_input import MASK_INPUT, mask_input
from edgeattn_converters.lint.norm_affine import NORM_AFFINE, norm_affine
from edgeattn_converters.lint.not_finite import NOT_FINITE, not_finite
from edgeattn_converters.lint.nothing_to_quantise import NOTHING_TO_QUANTISE, nothing_to_quantise
from edgeattn_converters.lint.old_interpreter import OLD_INTERPRETER, old_interpreter
from edgeattn_converters.lint.recurrent import RECURRENT, recurrent
from edgeattn_converters.lint.repeated_work import REPEATED_WORK, repeated_work
from edgeattn_converters.lint.residual_rank import RESIDUAL_RANK, residual_rank
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.runtime_scale import RUNTIME_SCALE, runtime_scale
from edgeattn_converters.lint.shared_weight import SHARED_WEIGHT, shared_weight
from edgeattn_converters.lint.smooth_activation import SMOOTH_ACTIVATION, smooth_activation
from edgeattn_converters.lint.subject import REWRITE_REFUSED, Subject, prepare
from edgeattn_converters.lint.uncaptured import UNCAPTURED, uncaptured
from edgeattn_converters.lint.unfused_attention import UNFUSED_ATTENTION, unfused_attention
from edgeattn_converters.lint.unused_input import UNUSED_INPUT, unused_input
from edgeattn_converters.lint.unwritable import UNWRITABLE, unwritable
from edgeattn_converters.lint.weight_range import WEIGHT_RANGE, weight_range
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_runtime.errors import BadUsage

__all__ = [
    "CATALOGUE",
    "LOOKS",
    "SEVERITIES",
    "Finding",
    "Rule",
    "lint",
    "rule_named",
    "uncaptured",
]

Look = Callable[[Subject], Iterator[Finding]]

LOOKS: dict[Rule, Look] = {
    UNWRITABLE: unwritable,
    NOT_FINITE: not_finite,
    MASK: mask,
    MASK_INPUT: mask_input,
    NOTHING_TO_QUANTISE: nothing_to_quantise,
    BATCH: batch,
    FLOAT_WEIGHT: float_weight,
    HIDDEN_LINEAR: hidden_linear,
    RECURRENT: recurrent,
    UNFUSED_ATTENTION: unfused_attention,
    ATTENTION_SHARE: attention_share,
    WEIGHT_RANGE: weight_range,
    DECOMPOSED_NORM: decomposed_norm,
    DECOMPOSED_GELU: decomposed_gelu,
    DECOMPOSED_ACTIVATION: decomposed_activation,
    FLOAT_ISLAND: float_island,
    BATCH_NORM: batch_norm,
    DOUBLE_PRECISION: double_precision,
    HIGH_RANK: high_rank,
    UNUSED_INPUT: unused_input,
    LARGE_EMBEDDING: large_embedding,
    LARGE_CONSTANT: large_constant,
    SHARED_WEIGHT: shared_weight,
    LONG_ROWS: long_rows,
    RESIDUAL_RANK: residual_rank,
    INTEGER_INPUT: integer_input,
    OLD_INTERPRETER: old_interpreter,
    SMOOTH_ACTIVATION: smooth_activation,
    NORM_AFFINE: norm_affine,
    RUNTIME_SCALE: runtime_scale,
    CONSTANT_WORK: constant_work,
    REPEATED_WORK: repeated_work,
    LAYOUT_CHAIN: layout_chain,
    DEAD_CHANNELS: dead_channels,
    LANES_RULE: lanes,
    DEPTHWISE: depthwise,
}
"""Rule -> the function that looks for it. Within one severity, findings come in this order."""

CATALOGUE: tuple[Rule, ...] = (UNCAPTURED, REWRITE_REFUSED, *LOOKS)
"""Every rule; the first two are met on the way to a model that can be looked at."""


def lint(program: Program, policies: tuple[Policy, ...]) -> tuple[Finding, ...]:
    """Return what would hurt, most important first; the model is only read.

    Args:
        program: As `capture` made it, before any pass.
        policies: The engines it is meant for.
    """
    subject, findings = prepare(program, policies)
    for look in LOOKS.values():
        findings += look(subject)
    return tuple(sorted(gathered(findings), key=lambda finding: SEVERITIES.index(finding.severity)))


def rule_named(name: str) -> Rule:
    """Return the rule of that name.

    Raises:
        BadUsage: There is none; the nearest is suggested.
    """
    rules = {rule.name: rule for rule in CATALOGUE}
    if name not in rules:
        near = difflib.get_close_matches(name, rules, n=1)
        hint = f"did you mean {near[0]}" if near else "`edgeattn lint --list` names them all"
        raise BadUsage(f"there is no rule {name!r}; {hint}")
    return rules[name]
