"""Small charts as inline SVG: a number becomes a length, and a sentence for who cannot see it.

Every chart is as wide as its place (x runs from 0 to 1000, y from 0 to 20, stretched), carries no
text but its accessible name, and takes its colours from the classes of the page.
"""

from __future__ import annotations

from html import escape

WIDTH, HEIGHT = 1000.0, 20.0


class Svg(str):
    """A piece of SVG that a template takes as it is: we made it, from numbers and escaped words."""

    __slots__ = ()

    def __html__(self) -> str:
        """Tell the template that nothing is left to escape."""
        return str(self)


def bar(value: float, largest: float, *, kind: str, label: str) -> Svg:
    """Draw `value` as a bar, where `largest` fills the width.

    Args:
        value: What is drawn; below zero draws nothing.
        largest: What the full width stands for.
        kind: The class of the colour: "float", "stock", "int8", "ship", "good", "poor".
        label: The sentence a screen reader says.
    """
    return _svg(_track() + _block(0, _x(value, 0, largest), kind), label)


def whisker_bar(
    middle: float, near: float | None, far: float | None, largest: float, *, kind: str, label: str
) -> Svg:
    """Draw a bar to the median, with a line on to `far` (p99) and a tick at `near` (p90).

    A whisker longer than the chart runs out of it without its end tick.
    """
    parts = _track() + _block(0, _x(middle, 0, largest), kind)
    reach = [value for value in (near, far) if value is not None]
    if reach:
        parts += _line(_x(middle, 0, largest), 10, _x(max(reach), 0, largest), 10)
    if near is not None and near <= largest:
        parts += _tick(_x(near, 0, largest), 6, 14)
    if far is not None and far <= largest:
        parts += _tick(_x(far, 0, largest), 3, 17)
    return _svg(parts, label)


def interval_dot(
    middle: float,
    ends: tuple[float, float] | None,
    span: tuple[float, float],
    *,
    gate: float | None,
    kind: str,
    label: str,
) -> Svg:
    """Draw a difference as a dot on a line, with its interval, the zero and the gate.

    Args:
        middle: The difference measured.
        ends: Its 95 % interval.
        span: What the left and the right end of the chart stand for.
        gate: Where the gate is, if there is one in sight.
        kind: The class of the colour.
        label: The sentence a screen reader says.
    """
    low, high = span
    parts = _line(0, 10, WIDTH, 10, "axis") + _tick(_x(0, low, high), 0, 20, "zero")
    if gate is not None and low <= gate <= high:
        parts += _tick(_x(gate, low, high), 0, 20, "gate")
    if ends is not None:
        left, right = (_x(end, low, high) for end in ends)
        parts += _block(left, right, f"{kind} pale", top=6, bottom=14)
    at = _x(middle, low, high)
    parts += _line(at, 3, at, 17, f"dot {kind}")
    return _svg(parts, label)


def _x(value: float, low: float, high: float) -> float:
    """Return where `value` lies, in [0, 1000]; an empty span lies at 0."""
    if high <= low:
        return 0.0
    return min(max((value - low) / (high - low), 0.0), 1.0) * WIDTH


def _svg(parts: str, label: str) -> Svg:
    # The parts are made of numbers and our own class names; only the label comes from outside.
    return Svg(
        f'<svg class="chart" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">{parts}</svg>'
    )


def _track() -> str:
    return f'<rect class="track" x="0" y="4" width="{WIDTH:.0f}" height="12"/>'


def _block(left: float, right: float, kind: str, *, top: float = 4, bottom: float = 16) -> str:
    width = max(right - left, 0.0)
    return (
        f'<rect class="fill {escape(kind)}" x="{left:.1f}" y="{top:.0f}" '
        f'width="{width:.1f}" height="{bottom - top:.0f}"/>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str = "whisker") -> str:
    return (
        f'<line class="{escape(kind)}" x1="{x1:.1f}" y1="{y1:.0f}" '
        f'x2="{x2:.1f}" y2="{y2:.0f}" vector-effect="non-scaling-stroke"/>'
    )


def _tick(x: float, top: float, bottom: float, kind: str = "whisker") -> str:
    return _line(x, top, x, bottom, kind)
