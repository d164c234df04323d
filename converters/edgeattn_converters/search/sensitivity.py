"""Sensitivity: how much noise a group brings into the output, were it alone not float.

    noise = sum((float - quantised)²) / sum(float²)        -10 log10 of it is the SQNR in dB

Measured on the simulation, on a few calibration samples; the evaluation data stays for the files.
Errors of different layers are nearly independent, so the noise of a mix is about the sum over its
groups: enough to say which group to lift next, and no more is asked of it.

The same signal for the same purpose: Dong et al. 2019, HAWQ, arXiv:1905.03696; Pandey et al. 2023,
A Practical Mixed Precision Algorithm for Post-Training Quantization, arXiv:2302.05397, section 3.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable

import torch

from edgeattn_converters.bias_correction import correct_bias
from edgeattn_converters.calibrate import Sample
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import quantize
from edgeattn_converters.search.alike import spread
from edgeattn_converters.search.allowance import OutOfTime
from edgeattn_converters.search.groups import Group, switched
from edgeattn_converters.search.journal import Journal
from edgeattn_converters.search.subject import Subject

SAMPLES = 8
"""Hundreds of outputs or tokens each; the ratio of two groups moves by less than 2 dB beyond."""


def noises(
    subject: Subject, journal: Journal, step: Callable[[str], None]
) -> dict[tuple[str, str], float]:
    """Return the noise of every group in every precision, by (group, precision).

    What the time did not suffice for is left out.

    Args:
        subject: What is searched.
        journal: Keeps what is measured.
        step: Called before each measurement with what it is; raises OutOfTime to stop.
    """
    samples = subject.samples[:SAMPLES]
    truth = functools.cache(lambda: _outputs(subject.exact, samples))
    wanted = [(group, one) for group in subject.groups for one in group.choices if one != "float"]
    known: dict[tuple[str, str], float] = {}
    with contextlib.suppress(OutOfTime):
        for group, precision in spread(wanted):
            what = f"{group.name} in {precision}"
            step(f"sensitivity of {what}")
            ask = functools.partial(_noise, subject, group, precision, truth)
            known[group.name, precision] = journal.once(f"noise of {what}", ask)
    return {(group.name, "float"): 0.0 for group in subject.groups} | known


def _noise(
    subject: Subject, group: Group, precision: str, truth: Callable[[], torch.Tensor]
) -> float:
    floats = ("float",) * len(subject.groups)
    alone = switched(subject.groups, floats, group.name, precision)
    recipe = subject.recipe_of(alone, "alone")
    program = quantize(subject.exact, subject.ranges, recipe, subject.policy).program
    samples = subject.samples[:SAMPLES]
    if recipe.bias_correction:
        program = correct_bias(subject.exact, program, samples)
    wrong = _outputs(program, samples) - truth()
    signal = float((truth() ** 2).sum())
    return float((wrong**2).sum()) / signal if signal else 0.0


def _outputs(program: Program, samples: tuple[Sample, ...]) -> torch.Tensor:
    """Return the first output of every sample in float64: [samples, ...]."""
    return torch.stack([program(*sample)[0].double() for sample in samples])
