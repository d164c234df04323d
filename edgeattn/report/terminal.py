"""report.json -> the verdict and a table for a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edgeattn.likeness import disturbances
from edgeattn.report import quantities as q
from edgeattn.report.candidates import Row, rows_of
from edgeattn.report.verdict_words import words_for

_HEADINGS = ("Candidate", "Size", "Accuracy", "Change", "Median", "p99", "Speed-up", "Memory")


def render_text(report: Mapping[str, Any]) -> str:
    """Return the verdict in words, then one line a candidate; "-" where nothing was measured."""
    words = words_for(report)
    lines = [words.headline, words.sentence, f"{words.badge}. {words.reason}".strip()]
    rows = rows_of(report)
    if rows:
        lines += ["\n" + table(_HEADINGS, [_cells(row) for row in rows])]
    lines += [f"{row.title}: {row.facts['note']}" for row in rows if row.facts.get("note")]
    if disturbed := disturbances(report):
        lines += [f"Disturbed, its latencies are not to be compared: {'; '.join(disturbed)}"]
    return "\n".join(line for line in lines if line)


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, words: Sequence[int] = (0,)
) -> str:
    """Return a table, two spaces between columns.

    Args:
        headings: One a column.
        rows: The cells, as text.
        words: Columns that hold words and keep to the left; numbers keep to the right.
    """
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in words else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    facts = row.facts
    drop = q.finite(facts.get("accuracy_drop_pp"))
    texts = (
        q.size(facts.get("bytes")),
        q.percent(facts.get("accuracy")),
        q.points(None if drop is None else -drop),
        q.milliseconds(row.latency("p50")),
        q.milliseconds(row.latency("p99")),
        q.times(facts.get("speedup_vs_fp32")),
        q.megabytes(facts.get("peak_rss_mb")),
    )
    mark = " (ship)" if row.role == "ship" else ""
    return (row.title + mark, *("-" if text == q.NOT_MEASURED else text for text in texts))
