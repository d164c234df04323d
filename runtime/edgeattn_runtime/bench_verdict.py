"""What follows from a benchmark: the fastest file, the gate, and whether to trust it."""

from __future__ import annotations

from edgeattn_runtime.candidate import Candidate
from edgeattn_runtime.report import Gates, Verdict


def verdict_of(
    candidates: tuple[Candidate, ...], min_speedup: float | None, *, disturbed: tuple[str, ...]
) -> Verdict:
    """Return the fastest file and whether the gate holds.

    Args:
        candidates: All measured, in time or in instructions.
        min_speedup: What an int8 file has to reach; None is off.
        disturbed: What disturbed the measurement, in words.
    """
    first = min(candidates, key=_cost)
    if first.latency_ms is not None:
        reason = f"{first.file} on {first.engine} is fastest: {first.latency_ms.p50:.3f} ms"
    else:
        reason = (
            f"{first.file} on {first.engine} takes the fewest instructions: {_cost(first):.3f} "
            "million an inference (an emulated clock: it says nothing about time)"
        )
    reached = max(
        (c.speedup_vs_fp32 for c in candidates if c.precision != "fp32" and c.speedup_vs_fp32),
        default=None,
    )
    passed = min_speedup is None or (reached is not None and reached >= min_speedup)
    if not passed:
        found = "none was measured" if reached is None else f"the best is {reached:.2f}x"
        reason = f"a speed-up of {min_speedup:g}x was asked for, {found}; {reason}"
    if disturbed:
        reason += (
            f"; this run was disturbed and is not to be compared ({'; '.join(disturbed)}): "
            "measure again when the machine is cool and idle"
        )
    return Verdict(first.file, passed, reason, Gates(None, min_speedup))


def _cost(candidate: Candidate) -> float:
    """Return the median of what was measured, in ms or in millions of instructions."""
    measured = candidate.latency_ms or candidate.instructions_m
    return float("inf") if measured is None else measured.p50
