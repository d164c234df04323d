"""A report as a table for a terminal: plain text, no colour, numbers aligned at the right.

engine        file               size    accuracy  drop, pp             median, ms  vs fp32
onnxruntime   model_fp32.onnx    7.7 MB  94.0 %    -                    5.91        1.00x
onnxruntime * model_int8.onnx    2.1 MB  93.7 %    0.3 [-0.5, 1.4]      3.02        1.96x
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeattn_runtime.candidate import Candidate
    from edgeattn_runtime.latency import Latency
    from edgeattn_runtime.report import Report

NOTHING = "-"
LONGEST_OPS = 10  # shown of a profile; the report holds all


def render_report(report: Report) -> str:
    """Return the candidates, their notes and the verdict; a column nobody measured is left out."""
    lines = [_heading(report), ""]
    rows = [[cell(candidate) for cell in COLUMNS.values()] for candidate in report.candidates]
    shown = [
        place
        for place, title in enumerate(COLUMNS)
        if title in ALWAYS or any(row[place] != NOTHING for row in rows)
    ]
    titles = list(COLUMNS)
    if rows:
        lines += align([[titles[p] for p in shown], *([row[p] for p in shown] for row in rows)])
        lines.append("")
    winner = report.verdict.winner
    notes = [
        f"  {candidate.file or candidate.precision}: {candidate.note}"
        for candidate in report.candidates
        if candidate.note
    ]
    notes += [f"  {remark}" for remark in report.remarks]
    lines += [*notes, ""] if notes else []
    for candidate in report.candidates:
        lines += _operators(candidate)
    lines.append(f"{'PASSED' if report.verdict.passed else 'FAILED'}: {report.verdict.reason}")
    if winner:
        lines.append(f"take {winner}")
    return "\n".join(lines) + "\n"


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines, two blanks between columns; columns of numbers lean right.

    >>> align([["file", "ms"], ["a.onnx", "12.50"], ["b.onnx", "3.10"]])
    ['file       ms', 'a.onnx  12.50', 'b.onnx   3.10']
    """
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    right = [any(row[place][:1].isdigit() for row in rows[1:]) for place in range(len(widths))]
    return [
        "  ".join(
            cell.rjust(widths[place]) if right[place] else cell.ljust(widths[place])
            for place, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def _heading(report: Report) -> str:
    """Return the model and the machine in one line."""
    context = report.context
    timed = any(one.latency_ms or one.instructions_m for one in report.candidates)  # not a check
    facts = [
        report.model.name,
        context.machine,
        context.cpu if context.cpu != context.machine else None,
        None if context.threads is None else f"{context.threads} thread(s)",
        None if context.governor is None else f"governor {context.governor}",
        _celsius(context.temperature_c_before, context.temperature_c_after),
        None if context.pinned_to is None else f"core(s) {context.pinned_to}",
        "emulated: its clock counts instructions" if context.counts_instructions else None,
        "THROTTLED" if context.throttled else None,
        "DISTURBED" if context.disturbed and timed else None,
    ]
    return ", ".join(fact for fact in facts if fact)


def _operators(candidate: Candidate) -> list[str]:
    """Return the kinds of operator that take most of a candidate's time, one line each."""
    if not candidate.per_op:
        return []
    shown = candidate.per_op[:LONGEST_OPS]
    rest = len(candidate.per_op) - len(shown)
    rows = [["operator", "count", "share", "ms", "on"]]
    rows += [
        [one.op, str(one.count), f"{one.share:.1%}", _or_nothing(one.ms, "{:.3f}"), one.provider]
        for one in shown
    ]
    more = [f"and {rest} kinds more"] if rest else []
    return [f"{candidate.file}, operator by operator:", *align(rows), *more, ""]


def _celsius(before: float | None, after: float | None) -> str | None:
    """Return "48.2 -> 61.0 °C"."""
    shown = [f"{degrees:.1f}" for degrees in (before, after) if degrees is not None]
    return " -> ".join(shown) + " °C" if shown else None


def _bytes(count: int) -> str:
    """Return a size in a unit one can read: 2.1 MB, 744 B."""
    if count >= 1_000_000:
        return f"{count / 1e6:.1f} MB"
    return f"{count / 1e3:.1f} kB" if count >= 1000 else f"{count} B"


def _drop(candidate: Candidate) -> str:
    """Return "0.3 [-0.5, 1.4]"."""
    if candidate.accuracy_drop_pp is None:
        return NOTHING
    drop = f"{candidate.accuracy_drop_pp:.1f}"
    if candidate.accuracy_interval_pp is None:
        return drop
    low, high = candidate.accuracy_interval_pp
    return f"{drop} [{low:.1f}, {high:.1f}]"


def _speedup(candidate: Candidate) -> str:
    """Return "1.96x"."""
    if candidate.speedup_vs_fp32 is None:
        return NOTHING
    if candidate.speedup_interval is None:
        return f"{candidate.speedup_vs_fp32:.2f}x"
    low, high = candidate.speedup_interval
    return f"{candidate.speedup_vs_fp32:.2f}x [{low:.2f}, {high:.2f}]"


def _median(distribution: Latency | None) -> str:
    """Return "3.021 [2.990, 3.052]", the median with its interval."""
    if distribution is None:
        return NOTHING
    middle, low, high = distribution.p50, distribution.p50_low, distribution.p50_high
    return f"{middle:.3f}" if low is None else f"{middle:.3f} [{low:.3f}, {high:.3f}]"


def _or_nothing(value: float | None, pattern: str) -> str:
    """Return a number in its pattern, or a dash."""
    return NOTHING if value is None else pattern.format(value)


COLUMNS: dict[str, Callable[[Candidate], str]] = {
    "file": lambda c: (c.file or NOTHING) + (" (stock)" if c.stock else ""),
    "engine": lambda c: c.engine,
    "precision": lambda c: c.precision,
    "size": lambda c: NOTHING if c.bytes is None else _bytes(c.bytes),
    "int8 MACs": lambda c: _or_nothing(c.int8_mac_share, "{:.0%}"),
    "accuracy": lambda c: _or_nothing(c.accuracy, "{:.1%}"),
    "drop, pp": _drop,
    "agreement": lambda c: _or_nothing(c.top1_agreement, "{:.1%}"),
    "SQNR, dB": lambda c: "equal" if c.sqnr_db == math.inf else _or_nothing(c.sqnr_db, "{:.1f}"),
    "p50, ms": lambda c: _median(c.latency_ms),
    "p95, ms": lambda c: NOTHING if c.latency_ms is None else f"{c.latency_ms.p95:.3f}",
    "vs fp32": _speedup,
    "p50, million instructions": lambda c: _median(c.instructions_m),
    "of fp32": lambda c: _or_nothing(c.instructions_vs_fp32, "{:.3f}"),
    "cold, ms": lambda c: NOTHING if c.cold_start is None else f"{c.cold_start.total_ms:.0f}",
    "mJ": lambda c: NOTHING if c.energy is None else f"{c.energy.mj_per_inference:.2f}",
    "peak, MB": lambda c: _or_nothing(c.peak_rss_mb, "{:.1f}"),
    "check": lambda c: NOTHING if c.passed is None else ("passed" if c.passed else "FAILED"),
}

ALWAYS = ("file", "engine", "precision", "size")
