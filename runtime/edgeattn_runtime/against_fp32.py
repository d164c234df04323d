"""What the rounds say of each candidate: its distribution, and how it stands against fp32."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from edgeattn_runtime.candidate import Candidate
from edgeattn_runtime.latency import median_ratio_interval, summarise


def against_fp32(
    candidates: Mapping[str, Candidate], samples: Mapping[str, Sequence[float]], *, has_time: bool
) -> dict[str, Candidate]:
    """Return the candidates with their distribution, and their ratio to the same engine's fp32.

    Args:
        candidates: By the name under which they ran.
        samples: Milliseconds of each round, by the same names.
        has_time: Whether the clock counts time; otherwise the samples are millions of instructions,
            and stay apart from everything that is called a latency or a speed-up.
    """
    floats = {one.engine: key for key, one in candidates.items() if one.precision == "fp32"}
    found = {}
    for key, candidate in candidates.items():
        distribution = summarise(samples[key])
        reference = floats.get(candidate.engine)
        if not has_time:
            candidate = replace(candidate, instructions_m=distribution)
            if reference is not None:
                ratio = distribution.p50 / summarise(samples[reference]).p50
                candidate = replace(candidate, instructions_vs_fp32=ratio)
        else:
            candidate = replace(candidate, latency_ms=distribution)
            if reference == key:
                candidate = replace(candidate, speedup_vs_fp32=1.0)
            elif reference is not None:
                against = median_ratio_interval(samples[reference], samples[key])
                candidate = replace(
                    candidate,
                    speedup_vs_fp32=against.ratio,
                    speedup_interval=(against.low, against.high),
                )
        found[key] = candidate
    return found
