"""Findings of `edgeattn lint` -> a list for a terminal, by severity, like ones together."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeattn_converters.lint.finding import Finding

WIDTH = 100  # columns
NAMED_AT_ONCE = 6  # layers
HEADINGS = {
    "error": "Cannot be converted",
    "warning": "Will be slow or wrong",
    "info": "Good to know",
}


def render_findings(model: str, targets: Sequence[str], findings: Iterable[Finding]) -> str:
    """Return what was found, one paragraph for each thing, with the layers it was found in."""
    findings = tuple(findings)
    where = " and ".join(targets)
    if not findings:
        return f"{model} is ready for {where}: nothing was found that would hurt it."
    counts = [
        f"{count} {severity}{'s' * (count != 1 and severity != 'info')}"
        for severity in HEADINGS
        if (count := len({_alike(one) for one in findings if one.severity == severity}))
    ]
    paragraphs = [f"{model} for {where}: {', '.join(counts)}"]
    for severity, heading in HEADINGS.items():
        groups: dict[tuple[str, str, str, str, str], list[str]] = {}
        for finding in findings:
            if finding.severity == severity:
                groups.setdefault(_alike(finding), []).append(finding.layer)
        if groups:
            paragraphs.append(heading)
            paragraphs += [_paragraph(alike, layers) for alike, layers in groups.items()]
    return "\n\n".join(paragraphs)


def _alike(finding: Finding) -> tuple[str, str, str, str, str]:
    """Return what findings in several layers have in common."""
    return finding.rule, finding.op, finding.why, finding.remedy, finding.evidence


def _paragraph(alike: tuple[str, str, str, str, str], layers: list[str]) -> str:
    rule, op, why, remedy, evidence = alike
    places = list(dict.fromkeys(layers))
    named = ", ".join(places[:NAMED_AT_ONCE])
    more = f" and {len(places) - NAMED_AT_ONCE} more" if len(places) > NAMED_AT_ONCE else ""
    lines = [f"{rule}: {op} in {named}{more}", f"  {why}", f"  do: {remedy}", f"  ({evidence})"]
    return "\n".join(
        textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="      ")
        for line in lines
    )
