"""Finding: one thing about a model that will hurt, where it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

SEVERITIES = ("error", "warning", "info")
"""error: cannot be converted. warning: will be slow or wrong. info: good to know."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one rule found at one place.

    Attributes:
        rule: The rule's name, kebab-case.
        severity: One of SEVERITIES.
        op: The operator, as in "gelu".
        layer: The module it came from, dotted; a tensor's name where no module is known.
        why: Why it hurts, with the number that was measured where there is one.
        remedy: What to do.
        evidence: Where the number comes from, or what the claim rests on.
    """

    rule: str
    severity: str
    op: str
    layer: str
    why: str
    remedy: str
    evidence: str

    def __post_init__(self) -> None:
        """Refuse a severity nobody knows, and a finding that explains nothing."""
        if self.severity not in SEVERITIES:
            raise ValueError(f"severity is {self.severity!r}; choose from {', '.join(SEVERITIES)}")
        for name in ("rule", "op", "why", "remedy", "evidence"):
            if not getattr(self, name):
                raise ValueError(f"a finding of {self.rule or 'some rule'} has no {name}")
