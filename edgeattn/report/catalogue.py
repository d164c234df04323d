"""The catalogue of `edgeattn lint` for a terminal: all rules, or one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edgeattn_converters.lint.rule import Rule

WIDTH = 100  # columns
MARKS = {"always": "repaired", "sometimes": "in part", "never": ""}
REPAIRED_BY = {
    "always": "`edgeattn convert` itself; `edgeattn lint --fix` for other tools",
    "sometimes": "`edgeattn convert` itself, where it can; `edgeattn lint --fix` for other tools",
    "never": "you",
}


def render_catalogue(rules: Iterable[Rule]) -> str:
    """Return one line or two for each rule, most serious first."""
    rules = tuple(rules)
    name = max(len(rule.name) for rule in rules) + 2
    lead = f"{'rule':<{name}}{'at most':<9}{'repaired':<10}"
    lines = [f"{lead}finds"]
    for rule in rules:
        start = f"{rule.name:<{name}}{rule.severity:<9}{MARKS[rule.repaired]:<10}"
        lines.append(
            textwrap.fill(
                rule.finds, WIDTH, initial_indent=start, subsequent_indent=" " * len(lead)
            )
        )
    lines.append("")
    lines.append("repaired: by `edgeattn convert` itself; --fix writes it into a model of its own.")
    lines.append("edgeattn lint --explain RULE says why it hurts and what to write instead.")
    return "\n".join(lines)


def render_rule(rule: Rule) -> str:
    """Return one entry."""
    parts = {
        "finds": rule.finds,
        "why": rule.why,
        "instead": rule.remedy,
        "repaired": f"by {REPAIRED_BY[rule.repaired]}",
        "evidence": "; ".join(rule.evidence),
    }
    lines = [f"{rule.name} ({rule.severity} at most)", ""]
    for word, text in parts.items():
        lines.append(
            textwrap.fill(
                text,
                WIDTH,
                initial_indent=f"  {word:<10}",
                subsequent_indent=" " * 12,
                break_on_hyphens=False,
            )
        )
    return "\n".join([*lines, "", f"  {rule.link}"])
