"""Measured numbers -> text with a unit and only the digits that mean something.

Whatever is no finite number (absent, None, NaN, a string in a damaged file) reads "not measured".
"""

from __future__ import annotations

import math
from collections.abc import Callable

NOT_MEASURED = "not measured"
MINUS = "\N{MINUS SIGN}"
MICRO = "\N{MICRO SIGN}"
NARROW = "\N{NARROW NO-BREAK SPACE}"  # between a number and its unit


def finite(value: object) -> float | None:
    """Return `value` as a float; None when it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def digits(value: float, significant: int = 3) -> str:
    """Write `value` with so many significant digits, never in powers of ten.

    >>> digits(0.04567), digits(4.567), digits(45.67), digits(4567.0)
    ('0.0457', '4.57', '45.7', '4567')
    """
    if value == 0:
        return "0"
    decimals = significant - 1 - math.floor(math.log10(abs(value)))
    return f"{value:.{max(0, min(decimals, 6))}f}".replace("-", MINUS)


def plain(value: float) -> str:
    """Write a number as short as it is exact: the label of an axis.

    >>> plain(2.5), plain(1500.0), plain(0.1)
    ('2.5', '1500', '0.1')
    """
    return f"{value:.10g}".replace("-", MINUS)


def milliseconds(value: object) -> str:
    """Write a duration given in ms: "0.412 ms", "1.24 s", below 0.1 ms in microseconds."""
    ms = finite(value)
    if ms is None:
        return NOT_MEASURED
    if ms >= 1000:
        return f"{digits(ms / 1000)}{NARROW}s"
    if 0 < ms < 0.1:
        return f"{digits(1000 * ms)}{NARROW}{MICRO}s"
    return f"{digits(ms)}{NARROW}ms"


def instructions(value: object) -> str:
    """Write how many instructions, given in millions: "4.24 M instr."."""
    millions = finite(value)
    return NOT_MEASURED if millions is None else f"{digits(millions)}{NARROW}M{NARROW}instr."


def millijoules(value: object) -> str:
    """Write an energy: "3.21 mJ"."""
    mj = finite(value)
    return NOT_MEASURED if mj is None else f"{digits(mj)}{NARROW}mJ"


def percent(value: object) -> str:
    """Write a share in [0, 1] as "93.7 %"."""
    share = finite(value)
    return NOT_MEASURED if share is None else f"{100 * share:.1f}{NARROW}%"


def signed(value: float) -> str:
    """Write a difference with its sign and two decimals: "+0.33" or "0.00"."""
    text = f"{value:+.2f}".replace("-", MINUS)
    return "0.00" if text in ("+0.00", f"{MINUS}0.00") else text


def points(value: object) -> str:
    """Write a difference in percentage points: "+0.33 pp"."""
    pp = finite(value)
    return NOT_MEASURED if pp is None else f"{signed(pp)}{NARROW}pp"


def interval(value: object) -> tuple[float, float] | None:
    """Return (low, high) of a pair of finite numbers; None when it is none."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    low, high = finite(value[0]), finite(value[1])
    return None if low is None or high is None else (min(low, high), max(low, high))


def span(ends: tuple[float, float], write: Callable[[float], str]) -> str:
    """Write both ends of an interval as one word: "+0.20 … +0.46"."""
    return f"{write(ends[0])}{NARROW}…{NARROW}{write(ends[1])}"


def size(value: object) -> str:
    """Write a number of bytes: "412 kB", "1.31 MB" (powers of 1000)."""
    count = finite(value)
    if count is None:
        return NOT_MEASURED
    for unit, step in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= step:
            return f"{digits(count / step)}{NARROW}{unit}"
    return f"{count:.0f}{NARROW}B"


def megabytes(value: object) -> str:
    """Write megabytes: "48.3 MB"."""
    mb = finite(value)
    return NOT_MEASURED if mb is None else f"{digits(mb)}{NARROW}MB"


def times(value: object) -> str:
    """Write a ratio: "2.13x", with a real multiplication sign."""
    ratio = finite(value)
    return NOT_MEASURED if ratio is None else f"{ratio:.2f}\N{MULTIPLICATION SIGN}"


def decibels(value: object) -> str:
    """Write a signal-to-noise ratio: "38.2 dB"."""
    db = finite(value)
    return NOT_MEASURED if db is None else f"{db:.1f}{NARROW}dB".replace("-", MINUS)


def count(value: object) -> str:
    """Write how many: "1.90 M", "330 k", "12"."""
    number = finite(value)
    if number is None:
        return NOT_MEASURED
    for unit, step in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= step:
            return f"{digits(number / step)}{NARROW}{unit}"
    return f"{number:.0f}"
