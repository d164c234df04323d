"""Findings of `edgeattn lint` -> a list for a terminal, by severity, like ones together."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from edgeattn_converters.lint.finding import Finding, gathered

WIDTH = 100  # columns
NAMED_AT_ONCE = 6  # layers
HEADINGS = {
    "error": "Cannot be converted",
    "warning": "Will be slow or wrong",
    "info": "Good to know",
}
REPAIRED = "Repaired by `edgeattn convert` itself (--fix --out FILE writes it for other tools)"


def render_findings(model: str, targets: Sequence[str], findings: Iterable[Finding]) -> str:
    """Return what was found, one paragraph for each thing, with the layers it was found in.

    What the conversion repairs by itself comes last, a line or two each.
    """
    findings = tuple(findings)
    where = " and ".join(targets)
    if not findings:
        return f"{model} is ready for {where}: nothing was found that would hurt it."
    repaired = [one for one in findings if one.fixable]
    rest = gathered(one for one in findings if not one.fixable)
    counts = [
        f"{count} {severity}{'s' * (count != 1 and severity != 'info')}"
        for severity in HEADINGS
        if (count := sum(one.severity == severity for one in rest))
    ]
    counts += [f"{len(repaired)} repaired"] * bool(repaired)
    paragraphs = [f"{model} for {where}: {', '.join(counts)}"]
    for severity, heading in HEADINGS.items():
        alike = [one for one in rest if one.severity == severity]
        if alike:
            paragraphs.append(heading)
            paragraphs += map(_paragraph, alike)
    if repaired:
        paragraphs.append(REPAIRED)
        paragraphs.append("\n".join(map(_line, repaired)))
    return "\n\n".join(paragraphs)


def _paragraph(finding: Finding) -> str:
    lines = [
        f"{finding.rule}: {finding.op} in {_places(finding)}",
        f"  {finding.why}",
        f"  do: {finding.remedy}",
        f"  ({finding.evidence})",
    ]
    return "\n".join(_filled(line) for line in lines)


def _line(finding: Finding) -> str:
    times = f" x{finding.count}" if finding.count > 1 else ""
    return _filled(f"{finding.rule}: {finding.op}{times} in {_places(finding)}: {finding.why}")


def _places(finding: Finding) -> str:
    places = finding.layers
    more = f" and {len(places) - NAMED_AT_ONCE} more" if len(places) > NAMED_AT_ONCE else ""
    return ", ".join(places[:NAMED_AT_ONCE]) + more


def _filled(line: str) -> str:
    return textwrap.fill(
        line, WIDTH, initial_indent="  ", subsequent_indent="      ", break_on_hyphens=False
    )
