"""Weights that eight bits hold badly: one number in a channel far above the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.program import constant, is_constant

LEVELS = 127
LOWEST = 30.0  # dB; a normal distribution has 41 to 43
WEIGHT_RANGE = Rule(
    name="weight-range",
    severity="warning",
    finds=f"A layer most of whose weights keep less than {LOWEST:g} dB in int8.",
    why="each output channel has one step, its largest weight / 127: one weight far above the rest "
    "rounds the others to few codes, or to 0. Normally distributed weights keep 41-43 dB; a layer "
    "under 30 dB holds the whole model under 30 dB.",
    remedy="weight decay while training, or w.data.clamp_(-4 * s, 4 * s) with s = w.std(1, "
    "keepdim=True) and a few epochs more; else keep the layer float in the recipe",
    evidence=("the weights themselves, rounded as `convert` rounds them",),
)


def weight_range(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each layer whose weights rounding destroys, as they are after folding."""
    for node in calls(subject.program):
        if kind(node) not in HAS_WEIGHTS or not is_constant(node.args[1]):
            continue
        weight = constant(subject.program, node.args[1]).flatten(1)
        kept, ratio = _kept_db(weight), _ratio(weight)
        if kept < LOWEST:
            yield WEIGHT_RANGE.finding(
                op=word_for(node),
                layer=place_of(node),
                why=f"in int8 its weights keep {kept:.0f} dB, the largest of each channel left "
                f"out: in the worst channel the largest is {ratio:.0f} times the mean",
            )


def _kept_db(weight: torch.Tensor) -> float:
    """Return the SQNR of weights [out, in] rounded to int8 with one step for each row.

    The largest hundredth of each row is left out: it holds most of the energy and rounds well,
    while what it does to the rest is the question.
    """
    size = weight.double().abs().sort(1).values
    step = (size[:, -1:] / LEVELS).clamp(min=1e-300)
    rest = size[:, : -max(1, size.shape[1] // 100)]
    noise = float((rest - (rest / step).round() * step).square().sum())
    signal = float(rest.square().sum())
    return 10 * math.log10(signal / noise) if signal and noise else math.inf


def _ratio(weight: torch.Tensor) -> float:
    """Return the largest |weight| of a row over the mean of the row, for the worst row."""
    size = weight.abs()
    return float((size.amax(1) / size.mean(1).clamp(min=1e-30)).amax())
