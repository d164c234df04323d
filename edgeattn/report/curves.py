"""Line charts as SVG: what was measured over time, or from run to run, with axes one can read.

The text is inside, so a chart can stand alone as a file; colours come from the classes of the page,
or from `STYLE` where there is no page.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from edgeattn.report import quantities as q
from edgeattn.report.charts import Svg

WIDTH, HEIGHT = 340.0, 200.0  # in a page, three beside each other
WIDE = 680.0  # in a file of its own
LEFT, RIGHT, TOP, BOTTOM = 46.0, 10.0, 12.0, 30.0  # room for the labels of the axes
COLOURS = 5  # classes line0 to line4 in card.css

STYLE = """\
svg { background: #fff; font: 12px system-ui, sans-serif; }
.curve text { fill: #56616b; } .curve .head { fill: #1b2228; font-weight: 600; font-size: 13px; }
.curve .grid { stroke: #e2e0d9; stroke-width: 1; } .curve path { fill: none; stroke-width: 2; }
.curve .pale { opacity: 0.4; stroke-width: 1.2; } .curve .hollow { fill: #fff; stroke-width: 1.5; }
.line0 { stroke: #0b5d58; fill: #0b5d58; } .line1 { stroke: #94825f; fill: #94825f; }
.line2 { stroke: #b23a2c; fill: #b23a2c; } .line3 { stroke: #7c8794; fill: #7c8794; }
.line4 { stroke: #408c86; fill: #408c86; }
"""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line of a chart.

    Attributes:
        name: What it is, for the legend and the screen reader.
        points: (x, y) in order; None where nothing was measured, which breaks the line.
        pale: Drawn thinner, behind the others: an upper percentile.
        hollow: The places of `points` drawn hollow: not to be compared.
    """

    name: str
    points: tuple[tuple[float, float | None], ...]
    pale: bool = False
    hollow: frozenset[int] = frozenset()

    @property
    def measured(self) -> bool:
        """Return whether there is anything to draw."""
        return any(y is not None for _, y in self.points)


def line_chart(
    series: Sequence[Series],
    *,
    unit: str,
    across: str,
    label: str,
    dots: bool = False,
    width: float = WIDTH,
) -> Svg:
    """Draw series over one pair of axes; y begins at zero unless that would hide the change.

    Args:
        series: The lines.
        unit: Of y, written at the top: "ms".
        across: What x is, written below: "minutes".
        label: The sentence a screen reader says.
        dots: Whether to mark every point.
        width: In the units that its text is 12 of.
    """
    ys = [y for one in series for _, y in one.points if y is not None]
    xs = [x for one in series for x, _ in one.points]
    if not ys:
        return Svg("")
    low, high = _span(ys)
    left, right = (min(xs), max(xs)) if max(xs) > min(xs) else (min(xs) - 0.5, max(xs) + 0.5)

    def at(x: float, y: float) -> tuple[float, float]:
        across_share = (x - left) / (right - left)
        up_share = (y - low) / (high - low)
        return (
            LEFT + across_share * (width - LEFT - RIGHT),
            HEIGHT - BOTTOM - up_share * (HEIGHT - TOP - BOTTOM),
        )

    parts = []
    for y in ticks(low, high):
        height = at(left, y)[1]
        parts.append(
            f'<line class="grid" x1="{LEFT:.0f}" y1="{height:.1f}" x2="{width - RIGHT:.0f}" '
            f'y2="{height:.1f}"/>' + _text(LEFT - 6, height + 4, q.plain(y), anchor="end")
        )
    whole = all(float(x).is_integer() for x in xs)
    for x in ticks(left, right, most=5):
        if left <= x <= right and (not whole or float(x).is_integer()):
            parts.append(_text(at(x, low)[0], HEIGHT - BOTTOM + 15, q.plain(x), anchor="middle"))
    parts.append(_text(width - RIGHT, HEIGHT - 2, across, anchor="end"))
    parts.append(_text(LEFT - 6, TOP - 2, unit, anchor="end"))
    for place, one in enumerate(series):
        parts.append(_line(one, place, at, dots=dots))
    return Svg(
        f'<svg class="curve" viewBox="0 0 {width:.0f} {HEIGHT:.0f}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def standalone(
    charts: Sequence[tuple[str, Svg, Sequence[str]]], title: str, sentences: Sequence[str] = ()
) -> Svg:
    """Stack charts of width `WIDE` into one SVG file.

    Args:
        charts: (heading, chart, names of its lines for a legend; () for none).
        title: At the top.
        sentences: Below it, a line each.
    """
    y = 24.0
    parts = [_text(12, y, title, kind="head")]
    for sentence in sentences:
        y += 19
        parts.append(_text(12, y, sentence))
    for heading, chart, names in charts:
        y += 32
        parts.append(_text(12, y, heading, kind="head"))
        for place, name in enumerate(names):
            y += 18
            colour = f"line{place % COLOURS}"
            parts.append(f'<rect class="{colour}" x="14" y="{y - 6:.0f}" width="14" height="4"/>')
            parts.append(_text(34, y, name))
        size = f'x="0" y="{y + 10:.0f}" width="{WIDE:.0f}" height="{HEIGHT:.0f}"'
        parts.append(chart.replace("<svg ", f"<svg {size} ", 1))
        y += HEIGHT + 10
    return Svg(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="curve" width="{WIDE:.0f}" '
        f'height="{y + 12:.0f}" viewBox="0 0 {WIDE:.0f} {y + 12:.0f}"><style>{STYLE}</style>'
        f"{''.join(parts)}</svg>"
    )


def ticks(low: float, high: float, *, most: int = 4) -> tuple[float, ...]:
    """Return at most `most` + 1 round numbers from `low` to `high`: 1, 2 or 5 times a power of 10.

    >>> ticks(0, 9.3)
    (0.0, 2.5, 5.0, 7.5)
    """
    raw = (high - low) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple(round(place * step, 10) + 0.0 for place in range(first, last + 1))


def _span(ys: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the y axis: from zero, or close to the values where they hardly differ."""
    low, high = min(ys), max(ys)
    room = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    if low >= 0 and (low < 0.7 * high or high == 0):
        return 0.0, high + room
    return low - 2 * room, high + room


def _line(
    one: Series, place: int, at: Callable[[float, float], tuple[float, float]], *, dots: bool
) -> str:
    colour = f"line{place % COLOURS}" if not one.pale else f"line{(place - 1) % COLOURS} pale"
    steps, pen_down, marks = [], False, []
    for number, (x, y) in enumerate(one.points):
        if y is None:
            pen_down = False
            continue
        across, down = at(x, y)
        steps.append(f"{'L' if pen_down else 'M'}{across:.1f} {down:.1f}")
        pen_down = True
        if dots or len(one.points) == 1:
            kind = f"{colour} hollow" if number in one.hollow else colour
            marks.append(f'<circle class="{kind}" cx="{across:.1f}" cy="{down:.1f}" r="3.5"/>')
    return f'<path class="{colour}" d="{" ".join(steps)}"/>{"".join(marks)}'


def _text(x: float, y: float, text: str, *, anchor: str = "start", kind: str = "") -> str:
    css = f' class="{kind}"' if kind else ""
    return f'<text{css} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
