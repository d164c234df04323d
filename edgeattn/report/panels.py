"""What the card draws of the candidates: a panel a measurement, a line a candidate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edgeattn.report import quantities as q
from edgeattn.report.candidates import Row
from edgeattn.report.charts import Svg, bar, interval_dot, whisker_bar

WHISKER_ROOM = 1.6  # medians; what a whisker may take of the chart


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a chart: what, its bar, and the number beside it."""

    row: Row
    chart: Svg | None
    text: str
    aside: str = ""


def accuracy_lines(rows: Sequence[Row]) -> tuple[Line, ...]:
    """Draw how many answers are right, from 0 to 100 %."""
    return tuple(
        _line(row, row.facts.get("accuracy"), 1.0, q.percent(row.facts.get("accuracy")), "accuracy")
        for row in rows
    )


def change_lines(rows: Sequence[Row], max_drop_pp: float | None) -> tuple[Line, ...]:
    """Draw the change of accuracy against the source model, left is worse, with the gate."""
    gate = None if max_drop_pp is None else -max_drop_pp
    ends = [_change_interval(row) for row in rows]
    seen = [abs(end) for pair in ends if pair for end in pair]
    seen += [abs(drop) for row in rows if (drop := _drop(row)) is not None]
    reach = max([*seen, max_drop_pp or 0.0, 0.5]) * 1.15
    lines = []
    for row, pair in zip(rows, ends, strict=True):
        drop = _drop(row)
        if drop is None:
            lines.append(Line(row=row, chart=None, text=q.NOT_MEASURED))
            continue
        label = f"{row.name}: accuracy changes by {q.points(-drop)}"
        label += f", between {q.signed(pair[0])} and {q.signed(pair[1])}" if pair else ""
        chart = interval_dot(-drop, pair, (-reach, reach), gate=gate, kind=row.role, label=label)
        aside = q.span(pair, q.signed) if pair and pair[0] < pair[1] else ""
        lines.append(Line(row=row, chart=chart, text=q.points(-drop), aside=aside))
    return tuple(lines)


def latency_lines(rows: Sequence[Row]) -> tuple[Line, ...]:
    """Draw the median time of one inference, with whiskers to p90 and p99."""
    longest = max((row.latency("p50") or 0.0 for row in rows), default=0.0)
    farthest = max((row.latency("p99") or 0.0 for row in rows), default=0.0)
    # A busy machine has a p99 of ten medians; the bars are what has to be compared.
    largest = max(longest, min(farthest, WHISKER_ROOM * longest))
    lines = []
    for row in rows:
        p50, p90, p99 = (row.latency(key) for key in ("p50", "p90", "p99"))
        if p50 is None:
            lines.append(Line(row=row, chart=None, text=q.NOT_MEASURED))
            continue
        label = f"{row.name}: median {q.milliseconds(p50)}, p99 {q.milliseconds(p99)}"
        chart = whisker_bar(p50, p90, p99, largest, kind=row.role, label=label)
        speedup = q.finite(row.facts.get("speedup_vs_fp32"))
        aside = q.times(speedup) if speedup is not None and row.role != "float" else ""
        lines.append(Line(row=row, chart=chart, text=q.milliseconds(p50), aside=aside))
    return tuple(lines)


def instruction_lines(rows: Sequence[Row]) -> tuple[Line, ...]:
    """Draw how many instructions one inference takes, where the clock counts those."""
    largest = max((row.million_instructions or 0.0 for row in rows), default=0.0)
    return tuple(
        _line(
            row,
            row.million_instructions,
            largest,
            q.instructions(row.million_instructions),
            "instructions",
        )
        for row in rows
    )


def size_lines(rows: Sequence[Row]) -> tuple[Line, ...]:
    """Draw the size of the files."""
    return _scaled(rows, "bytes", q.size, "size")


def memory_lines(rows: Sequence[Row]) -> tuple[Line, ...]:
    """Draw the peak memory of a process that runs one candidate alone."""
    return _scaled(rows, "peak_rss_mb", q.megabytes, "peak memory")


def _scaled(
    rows: Sequence[Row], key: str, write: Callable[[object], str], what: str
) -> tuple[Line, ...]:
    largest = max((q.finite(row.facts.get(key)) or 0.0 for row in rows), default=0.0)
    return tuple(
        _line(row, row.facts.get(key), largest, write(row.facts.get(key)), what) for row in rows
    )


def _line(row: Row, value: object, largest: float, text: str, what: str) -> Line:
    number = q.finite(value)
    if number is None:
        return Line(row=row, chart=None, text=q.NOT_MEASURED)
    label = f"{row.name}: {what} {text}"
    return Line(row=row, chart=bar(number, largest, kind=row.role, label=label), text=text)


def _drop(row: Row) -> float | None:
    return q.finite(row.facts.get("accuracy_drop_pp"))


def _change_interval(row: Row) -> tuple[float, float] | None:
    drop = q.interval(row.facts.get("accuracy_interval_pp"))
    return None if drop is None else (-drop[1], -drop[0])
