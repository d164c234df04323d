"""audit.json and audit.html: one offline file with no scripts, for a person to read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from edgeattn import __version__
from edgeattn.audit.comparison import wilson
from edgeattn.audit.outcome import HEADINGS, Audited
from edgeattn.audit.record import write_text
from edgeattn.audit.result import Compared
from edgeattn.audit.sizing import FAMILIES
from edgeattn.report import charts
from edgeattn.report import quantities as q
from edgeattn.report.verdict_words import processor

JSON, HTML = "audit.json", "audit.html"
HEADLINES = {
    "yes": "Attention is worth it here",
    "no": "Attention is not worth it here",
    "undecided": "Not decided by these samples",
}
MOODS = {"yes": "good", "no": "poor", "undecided": "open"}
CHART_REACH = 1.5  # of the slowest median: one late interruption must not flatten all bars
Line = tuple[str, str, charts.Svg, str, str]  # role, name, chart, value, aside


def write_page(out: Path, audited: Audited) -> None:
    """Write both files; the page first, so that audit.json says that all is there."""
    write_text(out / HTML, render_html(audited))
    content = json.dumps(audited.to_json(), indent=1, ensure_ascii=False, allow_nan=False)
    write_text(out / JSON, content + "\n")


def render_html(audited: Audited) -> str:
    """Return the page; names of data and classes are escaped, and nothing is loaded."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    places = [PackageLoader("edgeattn.audit"), PackageLoader("edgeattn.report")]
    environment = Environment(
        loader=ChoiceLoader(places),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    worth = audited.worth
    context = audited.context.to_json()
    return environment.get_template("audit.html").render(
        name=audited.material.splits.name,
        headline=HEADLINES[worth.answer],
        mood=MOODS[worth.answer],
        badge={"yes": "Yes", "no": "No", "undecided": "Open"}[worth.answer],
        sentence=worth.sentence,
        setting=audited.setting(),
        panels=_panels(audited),
        headings=HEADINGS,
        rows=[(_role(one, audited), audited.row(one)) for one in audited.compared],
        families=[(family, FAMILIES[family]) for family in FAMILIES],
        remarks=audited.remarks(),
        place=processor(context.get("cpu")) if context.get("cpu") else "",
        version=__version__,
    )


def _panels(audited: Audited) -> list[tuple[str, str, list[Line]]]:
    gains = (
        f"paired with {audited.worth.reference} on the same test samples; right is better, the "
        "block is the 95 % interval"
    )
    return [
        ("Gain in accuracy", gains, _gains(audited)),
        ("Test accuracy", "of the int8 file, with its 95 % interval", _accuracies(audited)),
        ("int8 latency", "median of one inference, all files in turn", _latencies(audited)),
        ("int8 against fp32", "how many times as fast, in its own bundle", _speedups(audited)),
        ("Size on disk", "of the int8 file", _sizes(audited)),
    ]


def _gains(audited: Audited) -> list[Line]:
    paired = [(one, one.against) for one in audited.compared if one.against is not None]
    reach = max([1.0, *(max(abs(p.low_pp), abs(p.high_pp)) for _, p in paired)])
    lines = []
    for one, found in paired:
        text, ends = q.points(found.gain_pp), (found.low_pp, found.high_pp)
        label = f"{one.one.family}: {text}, {q.span(ends, q.signed)}"
        chart = charts.interval_dot(
            found.gain_pp, ends, (-reach, reach), gate=None, kind=_kind(one, audited), label=label
        )
        lines.append(_line(one, audited, chart, text, q.span(ends, q.signed)))
    return lines


def _accuracies(audited: Audited) -> list[Line]:
    lines = []
    for one in audited.compared:
        ends = wilson(int(one.one.correct.sum()), len(one.one.correct))
        text = q.percent(one.one.accuracy)
        aside = q.span(ends, lambda end: f"{100 * end:.1f}")
        chart = charts.interval_dot(
            one.one.accuracy, ends, _reach(audited.compared), gate=None,
            kind=_kind(one, audited), label=f"{one.one.family}: {text}, {aside} %",
        )  # fmt: skip
        lines.append(_line(one, audited, chart, text, aside))
    return lines


def _latencies(audited: Audited) -> list[Line]:
    timed = [(one, one.latency) for one in audited.compared if one.latency is not None]
    largest = CHART_REACH * max((latency.p50 for _, latency in timed), default=1.0)
    return [
        _line(
            one,
            audited,
            charts.whisker_bar(
                found.p50, found.p90, found.p99, largest, kind=_kind(one, audited),
                label=f"{one.one.family}: {q.milliseconds(found.p50)}",
            ),
            q.milliseconds(found.p50),
            "" if one.ratio is None else q.times(one.ratio.ratio),
        )
        for one, found in timed
    ]  # fmt: skip


def _sizes(audited: Audited) -> list[Line]:
    sized = [(one, one.one.int8["bytes"]) for one in audited.compared if one.one.int8]
    largest = max((size for _, size in sized), default=1)
    return [
        _line(
            one,
            audited,
            charts.bar(
                size, largest, kind=_kind(one, audited), label=f"{one.one.family}: {q.size(size)}"
            ),
            q.size(size),
            "",
        )
        for one, size in sized
    ]


def _speedups(audited: Audited) -> list[Line]:
    found = [(one, one.one.int8["speedup_vs_fp32"]) for one in audited.compared if one.one.int8]
    largest = max((times for _, times in found), default=1.0)
    return [
        _line(
            one,
            audited,
            charts.bar(
                times,
                largest,
                kind=_kind(one, audited),
                label=f"{one.one.family}: {q.times(times)}",
            ),
            q.times(times),
            "",
        )
        for one, times in found
    ]


def _reach(compared: Sequence[Compared]) -> tuple[float, float]:
    """Return what the ends of a chart of all accuracies stand for."""
    ends = [wilson(int(one.one.correct.sum()), len(one.one.correct)) for one in compared]
    return min(low for low, _ in ends), max(high for _, high in ends)


def _line(one: Compared, audited: Audited, chart: charts.Svg, text: str, aside: str) -> Line:
    return _role(one, audited), one.one.family, chart, text, aside


def _role(one: Compared, audited: Audited) -> str:
    chosen = (audited.worth.attention, audited.worth.reference)
    return "ship" if one.one.family in chosen else ""


def _kind(one: Compared, audited: Audited) -> str:
    """Return the class of a candidate's colour: with attention, or without."""
    if one.one.attends:
        return "ship" if one.one.family == audited.worth.attention else "int8"
    return "stock" if one.one.family == audited.worth.reference else "float"
