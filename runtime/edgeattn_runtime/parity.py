"""Does the engine compute what the simulation promised?

On the class of CPU where the bundle was proven, for a quantised file:

    SQNR(engine, simulation) >= SQNR(simulation, float)   the engine errs less than quantising
                                                            did, or, in deep models, where one
                                                            rounding flips the next:
    SQNR(engine, float) >= SQNR(simulation, float) - 1 dB   it is as close to the float model as
                                                            was promised
    top-1 agreement with the simulation >= 99 %             counted where the float model's best
                                                            class leads by more than the noise of
                                                            quantising: a tie proves nothing

On another class of CPU the float parts between integer operators (softmax, LayerNorm) differ in
their last bit and flip roundings, so that a whole model may differ by a few steps:

    the same top-1 for every golden input
    largest difference <= 2 % of the range of the simulation's outputs

A float file must be within SQNR 60 dB of the float model, 0.1 % of the signal, on any CPU: float32
kernels that only sum in another order keep more than 100 dB, float16 arithmetic some 60.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime.accuracy import agreement, evaluate, sqnr_db
from edgeattn_runtime.errors import BadData, BrokenBundle
from edgeattn_runtime.samples import Golden
from edgeattn_runtime.session import Session

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array

SMALLEST_AGREEMENT = 0.99
LARGEST_LOSS_DB = 1.0
CLEAR_LEAD = 4.0  # standard deviations of the quantisation noise in one logit
LARGEST_SHARE_OF_RANGE = 0.02
SMALLEST_FLOAT_SQNR_DB = 60.0
MOST_ASKED_SQNR_DB = 100.0


@dataclass(frozen=True)
class Parity:
    """How an engine compares with the simulation on the golden inputs.

    Attributes:
        passed: Whether the rule of the module's docstring holds.
        sqnr_db: Engine against simulation (for a float file: against the float model).
        needed_sqnr_db: What the rule asks of it; None across classes of CPU.
        float_sqnr_db: Engine against the float model.
        top1_agreement: With the simulation where the float model is sure, 0 to 1; None when the
            outputs hold no classes, or it never is.
        range_share: Largest difference over the range of the simulation's outputs.
        same_cpu_class: Which of the two rules was applied.
        reason: One sentence with the numbers that decided.
    """

    passed: bool
    sqnr_db: float
    needed_sqnr_db: float | None
    float_sqnr_db: float
    top1_agreement: float | None
    range_share: float
    same_cpu_class: bool
    reason: str


def check_parity(
    session: Session,
    golden: Golden,
    file: str,
    *,
    same_cpu_class: bool = True,
    float_sqnr_db: float = SMALLEST_FLOAT_SQNR_DB,
) -> Parity:
    """Run the golden inputs through an opened file and compare the first output.

    Args:
        session: The file, opened by the engine to be checked.
        golden: The bundle's golden vectors.
        file: The file's name in the bundle, such as "model_int8.onnx".
        same_cpu_class: Whether this CPU is of the class the bundle was proven on.
        float_sqnr_db: What a float file needs.

    Raises:
        BrokenBundle: The golden vectors do not fit the model.
        BadData: The engine's outputs are not finite.
    """
    found = evaluate(session, golden.inputs).logits
    name = session.outputs[0].name
    simulated = golden.expected_of(file)
    if name not in simulated or name not in golden.float_outputs:
        raise BrokenBundle(
            f"golden.npz holds no output {name!r} for {file}; it has {', '.join(simulated)}: "
            "convert the model again"
        )
    expected, exact = simulated[name], golden.float_outputs[name]
    if expected.shape != found.shape or exact.shape != found.shape:
        raise BrokenBundle(
            f"golden.npz expects {name!r} of shape {list(expected.shape)}, {file} answers "
            f"{list(found.shape)}: convert the model again"
        )
    quantised = file in golden.expected
    return compare(
        expected,
        exact,
        found,
        quantised=quantised,
        same_cpu_class=same_cpu_class,
        float_sqnr_db=float_sqnr_db,
    )


def _sure(exact: Array, simulated: Array) -> Array:
    """Tell for each sample whether the float model's best class leads by more than the noise."""
    noise = float(np.sqrt(np.mean((simulated.astype(np.float64) - exact) ** 2)))
    best = np.sort(exact.reshape(len(exact), -1), axis=1)
    lead: Array = best[:, -1] - best[:, -2] > CLEAR_LEAD * noise
    return lead


def compare(
    expected: Array,
    exact: Array,
    found: Array,
    *,
    quantised: bool,
    same_cpu_class: bool = True,
    float_sqnr_db: float = SMALLEST_FLOAT_SQNR_DB,
) -> Parity:
    """Apply the rule to outputs that are known already, all [N, ...] and of one shape.

    Args:
        expected: Of the simulation; of the float model when nothing is quantised.
        exact: Of the float model.
        found: Of the engine.
        quantised: Whether the file is quantised.
        same_cpu_class: Whether the engine ran on the class of CPU the bundle was proven on.
        float_sqnr_db: What a float file needs; less where an accelerator computes in float16.
    """
    if not np.isfinite(found).all():
        broken = int((~np.isfinite(found)).sum())
        raise BadData(
            f"{broken} of {found.size} outputs are not finite; an overflow inside the model: "
            "look for masks of -inf or float16"
        )
    sqnr = sqnr_db(expected, found)
    classes = found.ndim >= 2 and found.shape[-1] >= 2
    sure = _sure(exact, expected) if classes else np.zeros(0, bool)
    agreed = agreement(expected[sure], found[sure]) if sure.any() else None
    difference = float(np.abs(expected.astype(np.float64) - found).max())
    span = float(expected.max()) - float(expected.min())
    share = difference / span if span else (0.0 if difference == 0 else float("inf"))
    needed: float | None
    if not quantised:
        needed = float_sqnr_db
    else:
        # A simulation equal to the float model must not ask for equality of the engine, too.
        needed = min(sqnr_db(exact, expected), MOST_ASKED_SQNR_DB) if same_cpu_class else None
    top1_needed = SMALLEST_AGREEMENT if same_cpu_class else 1.0
    failures = []
    kept = quantised and sqnr_db(exact, found) >= (needed or math.inf) - LARGEST_LOSS_DB
    if needed is not None and sqnr < needed and not kept:
        failures.append(f"SQNR against what was promised is {sqnr:.1f} dB, it needs {needed:.1f}")
    if agreed is not None and agreed < top1_needed:
        failures.append(f"top-1 agreement is {agreed:.1%}, it needs {top1_needed:.0%}")
    if needed is None and share > LARGEST_SHARE_OF_RANGE:
        failures.append(
            f"the largest difference is {share:.1%} of the output range, "
            f"{LARGEST_SHARE_OF_RANGE:.0%} is allowed"
        )
    passed = not failures
    reason = (
        ("equal bit for bit" if sqnr == math.inf else f"SQNR {sqnr:.1f} dB")
        + ("" if needed is None else f" (needs {needed:.1f})")
        + ("" if agreed is None else f", top-1 agreement {agreed:.1%}")
        + f", largest difference {share:.2%} of the output range"
        + ("" if same_cpu_class else ", on another class of CPU than the bundle was proven on")
        if passed
        else "; ".join(failures)
    )
    return Parity(
        passed=passed,
        sqnr_db=sqnr,
        needed_sqnr_db=needed,
        float_sqnr_db=sqnr_db(exact, found),
        top1_agreement=agreed,
        range_share=share,
        same_cpu_class=same_cpu_class,
        reason=reason,
    )
