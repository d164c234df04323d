"""What trtexec found, as a report: fp32, float16 and int8 side by side, and which layers are int8.

The runs follow each other, they do not take turns: a Jetson that warms up favours the first.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from edgeattn.trtexec.exports import Layer, Log, read_layers, read_log, read_output, read_times
from edgeattn.trtexec.folder import read_plan
from edgeattn.trtexec.run import Run
from edgeattn_runtime import machine
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadEnvironment, BadInput
from edgeattn_runtime.latency import summarise
from edgeattn_runtime.parity import Parity, compare
from edgeattn_runtime.report import Candidate, Gates, LayerReport, ModelFacts, Report, Verdict

ENGINE = "tensorrt"
FLOAT_SQNR_DB = 40.0  # TF32 and float16; see providers.Provider.float_sqnr_db


def report_of(bundle: Bundle, runs: tuple[Run, ...], folder: Path) -> Report:
    """Return the report of a folder that run.sh has filled.

    Raises:
        BadUsage: The folder is not ours.
        BadInput: It is of another bundle, or an export is missing or cut off.
        BadEnvironment: trtexec failed; the message holds its last error.
    """
    plan = read_plan(folder)
    runs = tuple(run for run in runs if run.precision in plan["files"])
    candidates, layers, logs = [], {}, []
    for run in runs:
        if plan["files"][run.precision] != run.file.sha256:
            raise BadInput(
                f"{folder} was made from another {run.file.name} than this bundle holds; make the "
                "folder again with `edgeattn trtexec BUNDLE --out`"
            )
        logs.append(_checked_log(folder, run))
        layers[run.precision] = read_layers(
            folder / run.export("layers"), folder / run.export("profile")
        )
        candidates.append(_candidate(bundle, run, folder, plan["warmup_ms"], layers[run.precision]))
    candidates = _with_speedups(candidates)
    context = replace(
        machine.Context(),
        machine=logs[0].device,
        engine=ENGINE,
        engine_version=logs[0].version,
        provider_requested="TensorRT",
        provider_actual="TensorRT",
    )
    return Report(
        model=ModelFacts(bundle.manifest.name),
        context=context,
        candidates=tuple(candidates),
        verdict=_verdict(candidates),
        layers=tuple(map(_layer_report, layers.get("int8", ()))),
    )


def _checked_log(folder: Path, run: Run) -> Log:
    log = read_log(folder / run.export("log"))
    if not log.passed:
        raise BadEnvironment(
            f"trtexec did not finish the {run.precision} run of {run.file.name}: "
            f"{log.last_error or 'its log does not say PASSED'}; see {run.export('log')}"
        )
    return log


def _candidate(
    bundle: Bundle, run: Run, folder: Path, warmup_ms: float, layers: tuple[Layer, ...]
) -> Candidate:
    parity = _parity(bundle, run, folder)
    return Candidate(
        engine=ENGINE,
        precision=run.precision,
        file=run.file.name,
        bytes=run.file.bytes,
        sqnr_db=None if parity is None else parity.float_sqnr_db,
        latency_ms=summarise(read_times(folder / run.export("times"), warmup_ms=warmup_ms)),
        passed=None if parity is None else parity.passed,
        note=f"{_where(layers)}; on the first golden input: "
        f"{'not finite: an overflow' if parity is None else parity.reason}",
    )


def _parity(bundle: Bundle, run: Run, folder: Path) -> Parity | None:
    """Return how the first answer compares with the golden one; None when it is not finite."""
    golden = bundle.golden()
    name = bundle.manifest.outputs[0].name
    found = read_output(folder / run.export("output"), name)
    if not np.isfinite(found).all():
        return None
    simulated = golden.expected_of(run.file.name)[name][: len(found)]
    exact = golden.float_outputs[name][: len(found)]
    return compare(
        simulated,
        exact,
        found.reshape(simulated.shape),
        quantised=run.file.name in golden.expected,
        float_sqnr_db=FLOAT_SQNR_DB,
    )


def _where(layers: tuple[Layer, ...]) -> str:
    """Return how much of an engine is int8, and what it copies."""
    if not any(layer.reads for layer in layers):
        return f"{len(layers)} layers, of which the engine tells only names"
    int8 = [layer for layer in layers if layer.int8]
    copies = [layer for layer in layers if layer.copies]
    return (
        f"{len(int8)} of {len(layers)} layers read int8, {sum(one.share for one in int8):.0%} of "
        f"the time; {len(copies)} reformat copies, {sum(one.share for one in copies):.0%}"
    )


def _with_speedups(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates with their ratio to the fp32 run; no interval: they took no turns."""
    floats = [one.latency_ms for one in candidates if one.precision == "fp32" and one.latency_ms]
    if not floats:
        return candidates
    return [
        replace(one, speedup_vs_fp32=floats[0].p50 / one.latency_ms.p50)
        if one.latency_ms is not None
        else one
        for one in candidates
    ]


def _verdict(candidates: list[Candidate]) -> Verdict:
    """Return the fastest run that answers rightly, and whether all do."""
    wrong = [one for one in candidates if not one.passed]
    right = [one for one in candidates if one.passed and one.latency_ms is not None]
    gates = Gates(None, None)
    if wrong:
        faults = "; ".join(f"{one.precision}: {one.note}" for one in wrong)
        return Verdict(None, False, f"TensorRT does not answer as it should: {faults}", gates)
    fastest = min(right, key=lambda one: one.latency_ms.p50 if one.latency_ms else float("inf"))
    assert fastest.latency_ms is not None  # all in `right` were timed
    reason = f"{fastest.precision} is fastest on TensorRT: {fastest.latency_ms.p50:.3f} ms"
    return Verdict(fastest.file, True, reason, gates)


def _layer_report(layer: Layer) -> LayerReport:
    types = f"reads {', '.join(layer.reads) or '?'}, writes {', '.join(layer.writes) or '?'}"
    return LayerReport(
        name=layer.name,
        op=layer.kind,
        kept_float=not layer.int8,
        reason=f"{types}, {layer.time_ms:.4f} ms, {layer.share:.1%}",
        precision="int8" if layer.int8 else "float",
    )
