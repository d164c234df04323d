"""Which candidate wins, per format and over all, and the sentence that says why.

A candidate is eligible when its engine computes what the simulation promised and it loses no more
accuracy than the gate allows; an int8 file must also be faster than the fp32 file of its engine,
beyond the noise of the measurement. The fastest eligible one wins; float winning is an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgeattn_converters.verdict_elsewhere import (
    decide_elsewhere,
    unmeasured,
    verdict_elsewhere,
    with_targets,
)
from edgeattn_converters.verify import Measured
from edgeattn_runtime.manifest import Recommendation
from edgeattn_runtime.report import Candidate, Gates, Verdict


@dataclass(frozen=True)
class Decided:
    """The outcome.

    Attributes:
        verdict: For the report.
        recommended: By format.
        targets: By target, of the engines that this machine does not run.
        shipped: The measured candidates whose files go into the bundle.
        candidates: All lines of the report, each with the note that explains it.
    """

    verdict: Verdict
    recommended: dict[str, Recommendation]
    targets: dict[str, Recommendation]
    shipped: tuple[Measured, ...]
    candidates: tuple[Candidate, ...]


def decide(measured: Sequence[Measured], gates: Gates, *, labelled: bool) -> Decided:
    """Apply the gates.

    Args:
        measured: All candidates, stock exports included.
        gates: What must hold.
        labelled: Whether accuracy is accuracy, or agreement with the float model.
    """
    notes = {one.draft.key: _objection(one, gates) for one in measured}
    shipped: list[Measured] = []
    recommended: dict[str, Recommendation] = {}
    best: list[Measured] = []
    here = [one for one in measured if one.draft.target is None]
    for format in dict.fromkeys(one.draft.format for one in here):
        entries = [one for one in here if one.draft.format == format and not one.draft.stock]
        eligible = [one for one in entries if notes[one.draft.key] is None]
        integers = [one for one in entries if one.draft.precision != "fp32"]
        kept = min(
            [one for one in integers if one in eligible] or integers, key=_median, default=None
        )
        shipped += [one for one in entries if one.draft.precision == "fp32" or one is kept]
        for one in integers:
            if one is not kept and notes[one.draft.key] is None:
                notes[one.draft.key] = "a variant that measured slower here; not in the bundle"
        eligible = [one for one in eligible if one in shipped]
        if eligible:
            winner = min(eligible, key=_median)
            recommended[format] = Recommendation(winner.draft.file, _praise(winner, labelled))
            best.append(winner)
    elsewhere, targets = decide_elsewhere(measured, notes)
    shipped += elsewhere
    candidates = tuple(
        replace(
            one.facts,
            file=one.draft.file if one in shipped else None,
            passed=one.parity.passed and not _drops_too_much(one.facts, gates),
            note=notes[one.draft.key] or unmeasured(one),
        )
        for one in measured
    )
    if here or not targets:
        verdict = with_targets(_verdict(best, here or measured, notes, gates, labelled), targets)
    else:
        verdict = verdict_elsewhere(targets, gates)
    return Decided(verdict, recommended, targets, tuple(shipped), candidates)


def _verdict(
    best: list[Measured],
    measured: Sequence[Measured],
    notes: dict[str, str | None],
    gates: Gates,
    labelled: bool,
) -> Verdict:
    if not best:
        why = next(notes[one.draft.key] for one in measured if not one.draft.stock)
        return Verdict(None, False, f"no candidate can be recommended: {why}", gates)
    wanted = gates.min_speedup or 0.0
    winner = min([one for one in best if _speedup(one) >= wanted] or best, key=_median)
    reason = f"{winner.draft.file} on {winner.facts.engine} {_praise(winner, labelled)}"
    if winner.draft.precision == "fp32":
        integers = [one for one in measured if one.draft.precision != "fp32"]
        objections = [notes[one.draft.key] for one in integers if notes[one.draft.key]]
        if integers and all(_drops_too_much(one.facts, gates) for one in integers):
            reason += (
                f"; --max-drop {gates.max_drop_pp:g} cannot be met in int8: {_nearest(integers)}"
            )
        elif objections:
            reason += f"; int8 lost: {objections[0]}"
        elif not integers:
            reason += "; no int8 file was made: nothing in this model runs in int8 with this recipe"
    if _speedup(winner) < wanted:
        words = f"a speed-up of {wanted:g}x was asked for, the best is "
        words += f"{max(map(_speedup, best)):.2f}x; {reason}"
        return Verdict(winner.draft.file, False, words + _too_lossy(measured, gates), gates)
    return Verdict(winner.draft.file, True, reason, gates)


def _nearest(integers: Sequence[Measured]) -> str:
    """Say which int8 candidate comes nearest to the accuracy gate."""
    one = min(integers, key=lambda each: (each.facts.accuracy_drop_pp or 0.0, _median(each)))
    drop = f"{one.facts.accuracy_drop_pp:.2f}"
    return f"the nearest loses {drop} points at {_speedup(one):.2f}x (recipe {one.draft.recipe})"


def _too_lossy(measured: Sequence[Measured], gates: Gates) -> str:
    """Say what would be fast enough, were it not for the accuracy gate; "" when nothing is."""
    lossy = [
        one
        for one in measured
        if _drops_too_much(one.facts, gates) and _speedup(one) >= (gates.min_speedup or 0.0)
    ]
    if not lossy:
        return ""
    one = min(lossy, key=lambda each: each.facts.accuracy_drop_pp or 0.0)
    return (
        f"; {one.draft.recipe} reaches {_speedup(one):.2f}x, but loses "
        f"{one.facts.accuracy_drop_pp:.2f} points"
    )


def _speedup(one: Measured) -> float:
    return one.facts.speedup_vs_fp32 or 1.0


def _objection(one: Measured, gates: Gates) -> str | None:
    """Return why a candidate is not to be recommended, or None."""
    facts = one.facts
    if one.draft.stock:
        return "the stock export, for comparison only"
    if not one.parity.passed:
        return f"{facts.engine} does not compute what it should: {one.parity.reason}"
    if _drops_too_much(facts, gates):
        return f"it loses {facts.accuracy_drop_pp:.2f} points, {gates.max_drop_pp:g} are allowed"
    if one.draft.precision == "fp32" or facts.speedup_interval is None:
        return None
    if facts.speedup_interval[0] <= 1.0:
        return (
            f"int8 is not faster than fp32 on {facts.engine} here: {facts.speedup_vs_fp32:.2f}x "
            f"({facts.speedup_interval[0]:.2f} to {facts.speedup_interval[1]:.2f})"
        )
    return None


def _drops_too_much(facts: Candidate, gates: Gates) -> bool:
    drop = facts.accuracy_drop_pp
    return gates.max_drop_pp is not None and drop is not None and drop > gates.max_drop_pp


def _praise(one: Measured, labelled: bool) -> str:
    facts = one.facts
    assert facts.latency_ms is not None
    words = f"is the fastest within the gates: {facts.latency_ms.p50:.3f} ms"
    if facts.precision != "fp32" and facts.speedup_interval is not None:
        low, high = facts.speedup_interval
        words += f", {facts.speedup_vs_fp32:.2f}x fp32 (95 % interval {low:.2f} to {high:.2f})"
    if facts.kernels is not None:
        words += f" with {facts.kernels}"
        if facts.ms_without_kernels is not None and facts.speedup_without_kernels is not None:
            words += f" (without that library {facts.ms_without_kernels:.3f} ms, "
            words += f"{facts.speedup_without_kernels:.2f}x)"
    if facts.accuracy_drop_pp is not None and facts.accuracy_interval_pp is not None:
        low, high = facts.accuracy_interval_pp
        what = "accuracy drop" if labelled else "disagreement with the float model"
        words += f", {what} {facts.accuracy_drop_pp:.2f} points ({low:.2f} to {high:.2f})"
    elif facts.sqnr_db is not None and facts.precision != "fp32":
        words += f", SQNR {facts.sqnr_db:.1f} dB against the float model (it has no classes)"
    return words


def _median(one: Measured) -> float:
    assert one.facts.latency_ms is not None
    return one.facts.latency_ms.p50
