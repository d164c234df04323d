"""Where the time of one inference goes, operator by operator, as the engine's own profiler sees it.

ONNX Runtime writes a JSON trace. The Python interpreters of LiteRT and tflite-runtime have no
profiler: their `benchmark_model` does, as a program of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_runtime.errors import BadEnvironment, BrokenModel
from edgeattn_runtime.providers import is_accelerator

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Arrays

RUNS = 20
WARMUP = 3
PROFILERS = ("onnxruntime",)  # the engines whose Python API has one
SUFFIX = "_kernel_time"


@dataclass(frozen=True)
class OpTime:
    """All operators of one kind, or one node.

    Attributes:
        op: The operator's type as the engine ran it: "QLinearConv", "FusedGemm".
        count: How many of them one inference runs.
        ms: Their time in one inference, in milliseconds; None where no time was counted.
        share: Of all operators, 0 to 1. The profiler itself takes some microseconds for each.
        provider: The back end that ran them.
    """

    op: str
    count: int
    ms: float | None
    share: float
    provider: str

    def to_json(self) -> dict[str, Any]:
        """Return one entry of `per_op`."""
        return asdict(self)


def profile_ops(
    model: Path,
    inputs: Arrays,
    *,
    engine: str,
    threads: int = 1,
    runs: int = RUNS,
    has_time: bool = True,
) -> tuple[OpTime, ...]:
    """Return the time by kind of operator and back end, the longest first.

    Args:
        model: The file.
        inputs: One sample.
        engine: One of `PROFILERS`.
        threads: CPU threads for one inference.
        runs: Over how many to take the medians, after `WARMUP` that do not count.
        has_time: Whether the clock counts time; otherwise only the shares are told.

    Raises:
        BadEnvironment: The engine has no profiler, or its trace cannot be read.
        BrokenModel: The engine refuses the model.
    """
    if is_accelerator(engine):  # the profile times the launch of a kernel, not the kernel
        raise BadEnvironment(
            f"operators on {engine} run on after the engine's clock for them has stopped; "
            "`check` counts where they run, and `edgeattn trtexec` times TensorRT's layers"
        )
    if engine not in PROFILERS:
        raise BadEnvironment(
            f"{engine} has no profiler in its Python API; use its own benchmark_model with "
            "--enable_op_profiling=true, or profile the .onnx file"
        )
    trace = _onnxruntime_trace(model, inputs, threads, WARMUP + runs)
    return _by_kind(_last_runs(trace, runs), has_time=has_time)


def _onnxruntime_trace(
    model: Path, inputs: Arrays, threads: int, runs: int
) -> list[dict[str, Any]]:
    import tempfile  # costs milliseconds, and few ask for a profile

    from edgeattn_runtime.onnx_session import PROVIDER, import_engine
    from edgeattn_runtime.quiet import quiet_engine

    onnxruntime = import_engine()
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_profiling = True
        options.profile_file_prefix = os.path.join(folder, "trace")
        try:
            with quiet_engine():
                session = onnxruntime.InferenceSession(
                    os.fspath(model), options, providers=[PROVIDER]
                )
        except Exception as error:  # its errors share no base class but Exception
            raise BrokenModel(f"onnxruntime cannot open {model.name}: {error}") from error
        for _ in range(runs):
            session.run(None, dict(inputs))
        path = Path(session.end_profiling())
        try:
            events = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadEnvironment(
                f"the trace of {model.name} cannot be read ({error}); is the disk full?"
            ) from error
    return [event for event in events if isinstance(event, dict)]


def _last_runs(trace: Iterable[Mapping[str, Any]], runs: int) -> list[Mapping[str, Any]]:
    """Return the kernels of the last `runs` inferences: those that began in one of them."""
    events = list(trace)
    starts = sorted(event["ts"] for event in events if event.get("name") == "model_run")
    first = starts[-runs] if len(starts) >= runs else 0
    return [
        event
        for event in events
        if event.get("cat") == "Node"
        and str(event.get("name", "")).endswith(SUFFIX)
        and event["ts"] >= first
    ]


def _by_kind(kernels: Iterable[Mapping[str, Any]], *, has_time: bool) -> tuple[OpTime, ...]:
    """Add up the nodes of a kind, each with its median: one long preemption would rule a mean."""
    durations: dict[tuple[str, str, str], list[int]] = {}
    for kernel in kernels:
        arguments = kernel.get("args") or {}
        op, provider = str(arguments.get("op_name", "?")), str(arguments.get("provider", "?"))
        durations.setdefault((op, provider, str(kernel["name"])), []).append(int(kernel["dur"]))
    microseconds: dict[tuple[str, str], float] = {}
    counts: dict[tuple[str, str], int] = {}
    for (op, provider, _), found in durations.items():
        kind = op, provider
        microseconds[kind] = microseconds.get(kind, 0.0) + float(np.median(found))
        counts[kind] = counts.get(kind, 0) + 1
    total = sum(microseconds.values())
    return tuple(
        OpTime(
            op=op,
            count=counts[op, provider],
            ms=microseconds[op, provider] / 1000 if has_time else None,
            share=microseconds[op, provider] / total if total else 0.0,
            provider=provider,
        )
        for op, provider in sorted(microseconds, key=lambda kind: -microseconds[kind])
    )
