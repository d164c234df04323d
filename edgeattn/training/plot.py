"""The curves of a training, and what was taken for what, as one SVG file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from edgeattn.report.charts import Svg
from edgeattn.report.curves import HEIGHT, WIDE, Series, line_chart, standalone

FILE = "training.svg"
MOST_CLASSES = 40  # more would be finer than a line of text


def write_plot(lines: Sequence[Mapping[str, Any]], path: Path, *, title: str) -> None:
    """Draw the epochs of a metrics file; written beside and renamed, as the figures are."""
    epochs = [line for line in lines if "epoch" in line]
    shares = {
        "training accuracy, on changed samples": "train_accuracy",
        "validation accuracy": "validation_accuracy",
        "validation F1, macro": "validation_f1",
    }
    charts = [
        ("loss", _chart(epochs, {"training loss": "loss"}, ""), ()),
        ("share that was right", _chart(epochs, shares, ""), tuple(shares)),
    ]
    last = epochs[-1]
    matrix = last["validation_confusion"]
    if len(matrix) <= MOST_CLASSES:
        heading = f"epoch {last['epoch']}: down, what it was; across, what it was called"
        charts.append((heading, confusion_chart(matrix), ()))
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.write_text(standalone(charts, title), encoding="utf-8")
    unfinished.replace(path)


def confusion_chart(matrix: Sequence[Sequence[int]]) -> Svg:
    """Draw a square per pair of classes, the darker the larger its share of the row."""
    side = (HEIGHT - 10) / len(matrix)
    squares = []
    for row, counts in enumerate(matrix):
        for column, count in enumerate(counts):
            kind = "line0" if row == column else "line2"
            share = count / max(1, sum(counts))
            squares.append(
                f'<rect class="{kind}" x="{46 + column * side:.1f}" y="{row * side:.1f}" '
                f'width="{side:.1f}" height="{side:.1f}" stroke-width="0" '
                f'fill-opacity="{share:.3f}"><title>{row} called {column}: {count}</title></rect>'
            )
    right = sum(counts[row] for row, counts in enumerate(matrix))
    label = escape(f"{right} of {sum(map(sum, matrix))} samples were called what they were")
    return Svg(
        f'<svg class="curve" viewBox="0 0 {WIDE:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{label}">{"".join(squares)}</svg>'
    )


def _chart(epochs: Sequence[Mapping[str, Any]], keys: Mapping[str, str], unit: str) -> Svg:
    series = [
        Series(name=name, points=tuple((float(line["epoch"]), line[key]) for line in epochs))
        for name, key in keys.items()
    ]
    last = ", ".join(
        f"{name} {one.points[-1][1]:.3g}" for name, one in zip(keys, series, strict=True)
    )
    return line_chart(
        series, unit=unit, across="epochs", label=f"over {len(epochs)} epochs: {last}", width=WIDE
    )
