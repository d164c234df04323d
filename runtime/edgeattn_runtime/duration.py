"""Durations as people write them."""

from __future__ import annotations


def duration_s(text: str) -> float:
    """Return seconds for "90", "90s", "10m" or "1h".

    Raises:
        ValueError: It is no positive duration.

    >>> duration_s("10m")
    600.0
    """
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    seconds = float(number) * unit
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds
