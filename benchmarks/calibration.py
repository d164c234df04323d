"""Range methods and weight rounding, by the SQNR of the simulation on samples not calibrated with.

    python -m benchmarks.calibration [--quick]

No engine runs and nothing is timed, so that a busy machine gives the same page.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.measuring import QUICK
from benchmarks.peers import models
from benchmarks.record import Page, Table, effort_of, parse, write
from edgeattn_converters.bias_correction import SAMPLES, correct_bias
from edgeattn_converters.calibrate import Ranges, Sample, calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.distribution_shift import Shift, measure_shift
from edgeattn_converters.evidence import Array, by_port, samples_of, simulate
from edgeattn_converters.one_thread import one_thread
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.quantize import quantize
from edgeattn_converters.range_method import RangeMethod
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.weight_rounding import round_weights
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.machine import context

MODELS = ("gesture-hybrid", "bert", "keyword", "vit-tiny")
METHODS = (
    RangeMethod(), RangeMethod("percentile", 99.99), RangeMethod("percentile", 99.999),
    RangeMethod("mse"), RangeMethod("entropy"),
)  # fmt: skip
VARIANTS = (("litert-xnnpack", "int8"), ("onnxruntime-x86-vnni", "float"))
LEVELS = {127: "8-bit weights", 63: "7-bit weights", 7: "4-bit weights"}
CALIBRATED, EVALUATED = 64, 32

LEAD = """\
How much of each tensor's range should int8 cover, and is it worth rounding weights together \
rather than one by one? {calibrated} samples calibrated each model, {evaluated} others judged it; \
biases were corrected, as in every conversion. Decibels are the SQNR of the first output, \
simulation against float model. gesture-hybrid is trained and sees photos; the others have random \
weights (benchmarks/peers/models.py) and say little about outliers that training makes."""

METHODS_NOTE = """\
LiteRT with QK' and PV in int8, ONNX Runtime with a float attention core. `minmax` is the default: \
it is the best on the one trained model here."""

ROUNDING_NOTE = """\
LiteRT's form, float attention core, ranges by minmax; the same scales, other integers. 7 bits are \
what x86 without VNNI needs, 4 bits show what the rounding itself is worth. No layer errs more by \
`gptq` on the calibration samples; the model as a whole may."""

SHIFT_NOTE = """\
What a conversion would say of evaluation samples as they are and spoilt. A distance of 0 is \
within chance."""


@dataclass(frozen=True)
class Subject:
    """A model after the passes, with samples to calibrate on and others to judge by."""

    program: Program
    calibration: dict[str, Array]
    evaluation: dict[str, Array]

    @property
    def samples(self) -> Iterator[Sample]:
        """The calibration samples, one by one."""
        return samples_of(self.program, self.calibration)

    def decibels(self, found: Program) -> float:
        """Return the SQNR of a simulation against the float model, on unseen samples."""
        answers = [
            next(iter(simulate(one, self.evaluation).values())) for one in (self.program, found)
        ]
        return float(sqnr_db(*answers))


def subject(name: str, samples: int) -> Subject:
    """Return a model of the zoo or of benchmarks/peers/models.py."""
    x: Mapping[str, Array]
    unseen: Mapping[str, Array]
    if name in models.SHAPES:
        module = models.built(name)
        sets = [models.inputs(name, count, seed) for seed, count in ((1, samples), (2, EVALUATED))]
        x, unseen = ({key: value.numpy() for key, value in one.items()} for one in sets)
        example = tuple(value[:1] for value in sets[0].values())
    else:
        from edgeattn.data.load import load_data
        from edgeattn.sources import load_model

        loaded = load_model(name)
        assert loaded.example_inputs is not None
        module, example = loaded.module, loaded.example_inputs
        x = load_data("gestures", split="train", samples=samples).x
        unseen = load_data("gestures", split="test", samples=EVALUATED).x
    program = apply_passes(capture(module, example, name=name))
    return Subject(program, by_port(program, x), by_port(program, unseen))


def quantised(
    one: Subject, ranges: Ranges, policy: Policy, core: str, rounding: str = "nearest"
) -> Program:
    """Return the simulation that a recipe would make, biases corrected."""
    form = one.program
    for rewrite in policy.int8_form:
        form = rewrite(form)
    recipe = Recipe(name="bench", core=core, linears="static")
    program = quantize(form, ranges, recipe, policy).program
    samples = list(itertools.islice(one.samples, SAMPLES))
    if rounding == "gptq":
        program = round_weights(form, program, samples, bias_follows=True)
    return correct_bias(form, program, samples)


def compare_methods(one: Subject) -> Iterator[tuple[str, list[float]]]:
    """Yield each range method and its SQNR by VARIANTS."""
    for method in METHODS:
        ranges = calibrate(one.program, one.samples, method=method)
        title = f"percentile {method.percentile}" if method.name == "percentile" else method.name
        yield (
            title,
            [
                one.decibels(quantised(one, ranges, POLICIES[policy], core))
                for policy, core in VARIANTS
            ],
        )


def compare_rounding(one: Subject) -> Iterator[tuple[str, list[float]]]:
    """Yield each width of weights and its SQNR at the nearest integers and by GPTQ."""
    ranges = calibrate(one.program, one.samples)
    for levels, title in LEVELS.items():
        policy = replace(POLICIES["litert-xnnpack"], weight_levels=levels)
        yield (
            title,
            [
                one.decibels(quantised(one, ranges, policy, "float", rounding))
                for rounding in ("nearest", "gptq")
            ],
        )


def shifts(one: Subject) -> Iterator[tuple[str, Shift]]:
    """Yield how far unseen samples seem, as they are and spoilt; token ids are not spoilt."""
    ranges = calibrate(one.program, one.samples)
    floats = any(x.dtype == np.float32 for x in one.evaluation.values())
    for title, factor, offset in (
        ("unseen samples", 1, 0), ("x 1.5", 1.5, 0), ("x 255", 255, 0), ("+ 0.5", 1, 0.5),
    ):  # fmt: skip
        if not floats and title != "unseen samples":
            continue
        other = {
            name: (x * factor + offset).astype(x.dtype) if x.dtype == np.float32 else x
            for name, x in one.evaluation.items()
        }
        yield title, measure_shift(one.program, ranges, one.calibration, other)


def page(found: dict[str, dict[str, Any]], samples: int) -> Page:
    """Return what was found as tables, a column or a block of rows per model."""
    heads = [f"{policy}, {core} core" for policy, core in VARIANTS]
    tables = (
        Table(
            "Range methods",
            ("model", "method", *heads),
            tuple(
                (name, title, *(f"{value:.1f} dB" for value in values))
                for name, one in found.items()
                for title, values in one["methods"].items()
            ),
            METHODS_NOTE,
        ),
        Table(
            "Weight rounding",
            ("model", "weights", "nearest", "gptq"),
            tuple(
                (name, title, *(f"{value:.1f} dB" for value in values))
                for name, one in found.items()
                for title, values in one["rounding"].items()
            ),
            ROUNDING_NOTE,
        ),
        Table(
            "Distribution shift",
            ("model", "samples", "mean off by", "spread", "outside", "warning"),
            tuple(
                (name, title, *_shift_cells(shift))
                for name, one in found.items()
                for title, shift in one["shift"].items()
            ),
            SHIFT_NOTE,
        ),
    )
    lead = LEAD.format(calibrated=samples, evaluated=EVALUATED)
    return Page("calibration", "Calibration and weight rounding", lead, tables, {"models": found})


def _shift_cells(shift: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{shift['mean_distance']:.2f} sd", f"{shift['spread']:.2f}x", f"{shift['outside']:.3%}",
        "yes" if shift["warning"] else "no",
    )  # fmt: skip


@one_thread()
def main() -> None:
    """Measure, and write the page after every model, so that an interrupted run leaves one."""
    options = parse("calibration", __doc__)
    effort, before = effort_of(options), context(threads=1)
    samples = 8 if effort.name == QUICK.name else CALIBRATED
    found = {}
    for name in MODELS:
        one = subject(name, samples)
        found[name] = {
            "methods": dict(compare_methods(one)),
            "rounding": dict(compare_rounding(one)),
            "shift": {title: shift.to_json() for title, shift in shifts(one)},
        }
        write(
            page(found, samples),
            folder=options.out, effort=effort, before=before, module="calibration",
        )  # fmt: skip


if __name__ == "__main__":
    main()
