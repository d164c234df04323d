"""Finding: one thing about a model that will hurt, where it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

SEVERITIES = ("error", "warning", "info")
"""error: cannot be converted. warning: will be slow or wrong. info: good to know."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule found at one place, or at several alike.

    Attributes:
        rule: The rule's name, kebab-case.
        severity: One of SEVERITIES.
        op: The operator, as in "gelu".
        layer: The module it came from, dotted; a tensor's name where no module is known.
        layers: All of them, where the same was found in several.
        count: How many operators it speaks of.
        why: Why it hurts, with the number that was measured where there is one.
        remedy: What to do.
        evidence: Where the numbers come from: a heading of docs/lint.md.
        fixable: `convert` repairs it by itself, and `lint --fix` writes the repaired model.
    """

    rule: str
    severity: str
    op: str
    layer: str
    why: str
    remedy: str
    evidence: str
    count: int = 1
    layers: tuple[str, ...] = ()
    fixable: bool = False

    def __post_init__(self) -> None:
        """Refuse a severity nobody knows, and a finding that explains nothing."""
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity is {self.severity!r}; choose from {', '.join(SEVERITIES)}")
        for name in ("rule", "op", "why", "remedy", "evidence"):
            if not getattr(self, name):
                raise ValueError(f"a finding of {self.rule or 'some rule'} has no {name}")
        if self.count < 1:
            raise ValueError(f"a finding of {self.rule} counts {self.count} operators; give 1 up")
        if not self.layers:
            object.__setattr__(self, "layers", (self.layer,))


def gathered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with those that differ in their place alone made one, in order."""
    groups: dict[Finding, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(replace(finding, layer="", layers=(), count=1), []).append(finding)
    return tuple(_as_one(alike) for alike in groups.values())


def _as_one(alike: list[Finding]) -> Finding:
    layers = dict.fromkeys(layer for finding in alike for layer in finding.layers)
    count = sum(finding.count for finding in alike)
    return replace(alike[0], layers=tuple(layers), count=count)
