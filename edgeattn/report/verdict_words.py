"""The verdict of a report in plain words: what to ship, how fast, how accurate, on what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edgeattn.report import quantities as q
from edgeattn.report.candidates import ENGINES, is_float, winner_of


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One of the four numbers under the verdict."""

    title: str
    value: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """The top of the card.

    Attributes:
        mood: "good", "poor" or "open": the colour of the badge.
        badge: The state of the gates in two words.
        headline: What to do, in one line.
        sentence: How fast, how accurate, where; in one or two sentences.
        reason: The verdict's own reason.
        tiles: Speed, accuracy, size, memory of the winner.
    """

    mood: str
    badge: str
    headline: str
    sentence: str
    reason: str
    tiles: tuple[Tile, ...]


def words_for(report: Mapping[str, Any]) -> Words:
    """Say the verdict of `report`."""
    verdict = report.get("verdict") or {}
    winner = winner_of(report)
    passed = verdict.get("passed")
    if passed is None:
        mood, badge = "open", "No gates"
    else:
        mood, badge = ("good", "Gates hold") if passed else ("poor", "Gates failed")
    return Words(
        mood=mood,
        badge=badge,
        headline=_headline(winner, passed),
        sentence=_sentence(winner, report) if winner else "",
        reason=_sentence_case(str(verdict.get("reason") or "")),
        tiles=_tiles(winner, _float_of(winner, report)) if winner else (),
    )


def place(report: Mapping[str, Any]) -> str:
    """Say what machine measured, in a few words: "Intel Xeon, 2 cores, 1 thread"."""
    context = report.get("context") or {}
    parts = [processor(context.get("cpu") or context.get("machine") or "an unnamed machine")]
    for key in ("cores", "threads"):
        number = q.finite(context.get(key))
        if number is not None:
            parts.append(f"{number:.0f} {key if number != 1 else key[:-1]}")
    return ", ".join(parts)


def processor(name: object) -> str:
    """Return a processor's name without the trademark signs that vendors put into it."""
    return " ".join(re.sub(r"\((R|TM|C)\)", " ", str(name), flags=re.IGNORECASE).split())


def _headline(winner: Mapping[str, Any] | None, passed: object) -> str:
    if winner is None:
        if passed is None:
            return "No candidate was chosen"
        return "All that was asked for holds" if passed else "Nothing here can be recommended"
    file = str(winner.get("file") or f"{winner.get('engine')} {winner.get('precision')}")
    if passed is False:
        return f"Do not ship {file} yet"
    return f"Ship the float model, {file}" if is_float(winner) else f"Ship {file}"


def _sentence(winner: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    engine = str(winner.get("engine") or "")
    clauses = [clause for clause in (_speed(winner), _accuracy(winner)) if clause]
    if not clauses:
        return f"Neither speed nor accuracy was measured on {place(report)}."
    return (
        f"With {ENGINES.get(engine, engine)} it {' and '.join(clauses)}. "
        f"Measured on {place(report)}."
    )


def _sentence_case(text: str) -> str:
    """Begin with a capital, unless the first word is a file's name."""
    first = text.partition(" ")[0]
    return text if "." in first or "_" in first else text[:1].upper() + text[1:]


def _speed(winner: Mapping[str, Any]) -> str:
    ratio = q.finite(winner.get("speedup_vs_fp32"))
    latency = (winner.get("latency_ms") or {}).get("p50")
    if is_float(winner) or ratio is None:
        return f"takes {q.milliseconds(latency)}" if q.finite(latency) is not None else ""
    return f"runs {q.times(ratio)} as fast as the same model in fp32"


def _accuracy(winner: Mapping[str, Any]) -> str:
    drop = q.finite(winner.get("accuracy_drop_pp"))
    if drop is None:
        agreement = q.finite(winner.get("top1_agreement"))
        return "" if agreement is None else f"agrees with it on {q.percent(agreement)} of samples"
    ends = q.interval(winner.get("accuracy_interval_pp"))
    if round(drop, 2) == 0:
        change = "keeps the accuracy of the source model"
    else:
        change = f"{'loses' if drop > 0 else 'gains'} {abs(drop):.2f} points of accuracy"
    if ends is None or round(drop, 2) == 0:
        return change
    within = (
        "within what chance explains" if ends[0] <= 0 <= ends[1] else "more than chance explains"
    )
    return f"{change} ({within})"


def _tiles(winner: Mapping[str, Any], base: Mapping[str, Any] | None) -> tuple[Tile, ...]:
    latency = (winner.get("latency_ms") or {}).get("p50")
    speed = (
        Tile(title="Latency", value=q.milliseconds(latency), detail="median of one inference")
        if is_float(winner)
        else Tile(
            title="Speed-up",
            value=q.times(winner.get("speedup_vs_fp32")),
            detail=f"{q.milliseconds(latency)} an inference",
        )
    )
    ends = q.interval(winner.get("accuracy_interval_pp"))
    drop = q.finite(winner.get("accuracy_drop_pp"))
    change = "" if drop is None else f"{q.points(-drop)} against the source"
    if ends is not None:
        change += f" (95 %: {q.span((-ends[1], -ends[0]), q.signed)})"
    return (
        speed,
        Tile(title="Accuracy", value=q.percent(winner.get("accuracy")), detail=change),
        Tile(
            title="Size", value=q.size(winner.get("bytes")), detail=_against(base, "bytes", q.size)
        ),
        Tile(
            title="Peak memory",
            value=q.megabytes(winner.get("peak_rss_mb")),
            detail=_against(base, "peak_rss_mb", q.megabytes),
        ),
    )


def _against(base: Mapping[str, Any] | None, key: str, write: Callable[[object], str]) -> str:
    if base is None or q.finite(base.get(key)) is None:
        return ""
    return f"float: {write(base.get(key))}"


def _float_of(
    winner: Mapping[str, Any] | None, report: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return the float candidate of the winner's engine, if the winner is not it."""
    if winner is None or is_float(winner):
        return None
    for one in report.get("candidates") or ():
        if is_float(one) and not one.get("stock") and one.get("engine") == winner.get("engine"):
            return dict(one)
    return None
