"""Measure every candidate through the runtime, as it would run on the device."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edgeattn_converters.candidate import Draft
from edgeattn_converters.evidence import Array, Evidence, simulate
from edgeattn_runtime import machine
from edgeattn_runtime.accuracy import Drop, agreement, evaluate, paired_drop, sqnr_db, top1
from edgeattn_runtime.errors import BadData, BadEnvironment
from edgeattn_runtime.kernels import without_kernels
from edgeattn_runtime.latency import measure_interleaved, median_ratio_interval, summarise
from edgeattn_runtime.machine import Context
from edgeattn_runtime.memory import peak_rss_mb
from edgeattn_runtime.parity import Parity, compare
from edgeattn_runtime.report import Candidate
from edgeattn_runtime.session import Session, open_session

Progress = Callable[[str, float], None]

WARMUP, ITERATIONS, BUDGET_S = 20, 300, 10.0
ALONE = " without kernels"  # behind the key of a candidate
NEAR_TIE = 0.01
"""Of the spread of a sample's scores. Without labels, two classes that the float model itself holds
this close are one answer: which of them wins is rounding (40 dB are 1 % noise), as untrained models
show, whose classes are all alike."""


@dataclass(frozen=True)
class Measured:
    """A candidate with everything that was measured about it.

    Attributes:
        draft: The file.
        facts: Its line in the report.
        parity: Engine against simulation.
        golden: The simulation's outputs on the golden rows, by output name.
    """

    draft: Draft
    facts: Candidate
    parity: Parity
    golden: dict[str, Array]


def verify(
    drafts: Sequence[Draft],
    evidence: Evidence,
    *,
    folder: Path,
    threads: int,
    known: Sequence[Measured] = (),
    progress: Progress | None = None,
) -> tuple[tuple[Measured, ...], Context]:
    """Open, run and time every candidate; latency interleaved, memory in a child each.

    Args:
        drafts: The candidates; per format one float file that is not stock. Those for another
            engine are run for their numbers, not for their time.
        evidence: Real samples and the float model's answers.
        folder: Where the files may be written for the child processes.
        threads: CPU threads for one inference.
        known: What was measured of some of them before; all but their latency is taken from there.
        progress: Called with what is being done and the share done.
    """
    context = machine.context(threads=threads)
    sessions = {
        draft.key: open_session(draft.content, threads=threads, as_written=draft.target is not None)
        for draft in drafts
    }
    measured = []
    before = {one.draft.key: one for one in known}
    for place, draft in enumerate(drafts):
        if draft.key in before:
            measured.append(before[draft.key])
            continue
        if progress is not None:
            progress(f"measuring {draft.key}", 0.7 * place / len(drafts))
        one = accuracy_of(draft, sessions[draft.key], evidence)
        peak = _peak(draft, folder, threads) if draft.target is None else None
        measured.append(replace(one, facts=replace(one.facts, peak_rss_mb=peak)))
    if progress is not None:
        progress("timing all candidates in turn", 0.8)
    here = [one for one in measured if one.draft.target is None]
    timed = {one.draft.key: one for one in _latency(here, sessions, evidence, threads)}
    everything = tuple(timed.get(one.draft.key, one) for one in measured)
    return everything, context.with_sessions(sessions.values()).finished()


def accuracy_of(draft: Draft, session: Session, evidence: Evidence) -> Measured:
    """Run a candidate on all samples: accuracy, SQNR, parity with its simulation; no latency."""
    found = evaluate(session, evidence.x, evidence.y)
    rows = evidence.golden_rows()
    expected = simulate(draft.simulation, evidence.rows(rows))
    name = draft.simulation.outputs[0].name
    parity = compare(
        expected[name],
        evidence.logits[rows],
        found.outputs[name][rows],
        quantised=draft.precision != "fp32",
    )
    drop = None
    agreed = None
    if evidence.has_classes:
        agreed = agreement(evidence.logits, found.logits)
        drop = _drop(evidence, found.logits)
    return Measured(
        draft,
        Candidate(
            engine=session.engine,
            precision=draft.precision,
            recipe=draft.recipe,
            file=None if draft.stock else draft.file,
            bytes=len(draft.content),
            sha256=hashlib.sha256(draft.content).hexdigest(),
            int8_weight_share=draft.audit.int8_weight_share if draft.audit else 0.0,
            int8_mac_share=draft.audit.int8_mac_share if draft.audit else 0.0,
            accuracy=found.accuracy if evidence.has_classes else None,
            accuracy_drop_pp=None if drop is None else drop.drop_pp,
            accuracy_interval_pp=None if drop is None else (drop.low_pp, drop.high_pp),
            top1_agreement=agreed,
            sqnr_db=sqnr_db(evidence.logits, found.logits),
            stock=draft.stock,
            target=draft.target,
            kernels=session.kernels,
            passed=parity.passed,
        ),
        parity,
        expected,
    )


def _drop(evidence: Evidence, logits: Array) -> Drop:
    """Return the paired drop; without labels the float model's answers count as right.

    Then another answer counts as right, too, where the float model had both within `NEAR_TIE`.
    """
    if evidence.y is not None:
        return paired_drop(top1(evidence.logits) == evidence.y, top1(logits) == evidence.y)
    scores = evidence.logits.reshape(len(logits), -1, logits.shape[-1]).mean(axis=1)
    picked = scores[np.arange(len(scores)), top1(logits)]
    spread = scores.max(axis=1) - scores.min(axis=1)
    agrees = scores.max(axis=1) - picked <= NEAR_TIE * spread
    return paired_drop(np.ones(len(scores), bool), agrees)


def _peak(draft: Draft, folder: Path, threads: int) -> float | None:
    path = folder / f"candidate.{draft.format}"
    path.write_bytes(draft.content)
    try:
        return peak_rss_mb(path, threads=threads)
    except BadEnvironment:
        return None  # it reads "not measured"; the candidate itself ran
    finally:
        path.unlink()


def _latency(
    measured: Sequence[Measured], sessions: dict[str, Session], evidence: Evidence, threads: int
) -> tuple[Measured, ...]:
    """Time candidates in turn; those that a library helps also without it."""
    if not measured:
        return ()
    first = {
        port.name: np.resize(evidence.x[port.name], port.shape)
        for port in measured[0].draft.simulation.inputs
    }
    timed_here = {one.draft.key: sessions[one.draft.key] for one in measured}
    with without_kernels():
        timed_here |= {
            one.draft.key + ALONE: open_session(one.draft.content, threads=threads)
            for one in measured
            if sessions[one.draft.key].kernels is not None
        }
    for session in timed_here.values():
        session.bind(first)
    times = measure_interleaved(
        {key: session.invoke for key, session in timed_here.items()},
        warmup=WARMUP,
        iterations=ITERATIONS,
        budget_s=BUDGET_S,
    )
    floats = {
        one.draft.format: times[one.draft.key]
        for one in measured
        if one.draft.precision == "fp32" and not one.draft.stock
    }
    timed = []
    for one in measured:
        samples = times[one.draft.key]
        if one.draft.format not in floats:
            raise BadData(f"{one.draft.key} has no fp32 file of its engine to be compared with")
        ratio = median_ratio_interval(floats[one.draft.format], samples)
        facts = replace(
            one.facts,
            latency_ms=summarise(samples),
            speedup_vs_fp32=ratio.ratio,
            speedup_interval=(ratio.low, ratio.high),
        )
        if one.draft.key + ALONE in times:
            alone = summarise(times[one.draft.key + ALONE]).p50
            facts = replace(
                facts,
                ms_without_kernels=alone,
                speedup_without_kernels=summarise(floats[one.draft.format]).p50 / alone,
            )
        timed.append(replace(one, facts=facts))
    return tuple(timed)
