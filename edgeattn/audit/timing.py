"""The int8 files of all candidates in turn: bundles are measured minutes apart, these are not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edgeattn.audit.material import Material
from edgeattn_runtime.latency import (
    Latency,
    RatioInterval,
    measure_interleaved,
    median_ratio_interval,
    summarise,
)
from edgeattn_runtime.session import open_session

WARMUP, ITERATIONS, BUDGET_S = 20, 300, 10.0  # as edgeattn_converters.verify


def time_together(
    files: Mapping[str, Path],
    reference: str | None,
    material: Material,
    *,
    iterations: int = ITERATIONS,
    budget_s: float = BUDGET_S,
) -> dict[str, tuple[Latency, RatioInterval | None]]:
    """Return each file's latency, and its ratio to the reference's: 2.0 takes twice as long.

    Args:
        files: By candidate; one thread, one test sample for all.
        reference: Whose latency the ratios are of; None where it has no file.
        material: For the sample.
        iterations: Rounds.
        budget_s: All of them together end after so many seconds.
    """
    if not files:
        return {}
    sample = material.arrays(material.test.rows(slice(0, 1)))
    sessions = {}
    for name, path in files.items():
        session = open_session(path.read_bytes(), threads=1)
        session.bind(
            {
                port.name: np.resize(
                    sample.get(port.name, next(iter(sample.values()))), port.shape
                ).astype(port.dtype)
                for port in session.inputs
            }
        )
        sessions[name] = session
    times = measure_interleaved(
        {name: session.invoke for name, session in sessions.items()},
        warmup=WARMUP,
        iterations=iterations,
        budget_s=budget_s,
    )
    base = times.get(reference or "")
    return {
        name: (
            summarise(found),
            None if base is None else median_ratio_interval(found, base),
        )
        for name, found in times.items()
    }
