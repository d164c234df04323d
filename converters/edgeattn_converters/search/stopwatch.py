"""Time files in turn. A board can do the same from afar: whatever has this signature will do."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgeattn_converters.evidence import Array
from edgeattn_runtime.latency import Latency, measure_interleaved, summarise
from edgeattn_runtime.session import open_session

Measure = Callable[[Mapping[str, bytes]], "Mapping[str, Latency]"]
"""Files by name -> their latencies, each run in turn with the others."""

WARMUP, ITERATIONS, BUDGET_S = 5, 120, 4.0


def time_in_turn(inputs: Mapping[str, Array], threads: int) -> Measure:
    """Return what times files on this machine, interleaved, on the given inputs."""

    def measure(files: Mapping[str, bytes]) -> Mapping[str, Latency]:
        sessions = {name: open_session(content, threads=threads) for name, content in files.items()}
        for session in sessions.values():
            session.bind(
                {port.name: np.resize(inputs[port.name], port.shape) for port in session.inputs}
            )
        times = measure_interleaved(
            {name: session.invoke for name, session in sessions.items()},
            warmup=WARMUP,
            iterations=ITERATIONS,
            budget_s=BUDGET_S,
        )
        return {name: summarise(samples) for name, samples in times.items()}

    return measure
