"""Rule: one entry of the catalogue, and the findings it makes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from edgeattn_converters.lint.finding import SEVERITIES, Finding

PAGE = "docs/lint.md"
REPAIRED = ("always", "sometimes", "never")
DONE = "nothing: `convert` does it by itself; `lint --fix` writes it into a model for other tools"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What is looked for, why it hurts, and what to write instead.

    Attributes:
        name: Kebab-case.
        severity: The most serious its findings get.
        finds: What it looks for, one sentence.
        why: Why that hurts, with what was measured.
        remedy: What to write instead, one line, code where code says it best.
        repaired: Whether `convert` repairs it by itself, and `lint --fix` for other tools.
        evidence: Where the numbers come from: files of docs/, or a source by its name.
    """

    name: str
    severity: str
    finds: str
    why: str
    remedy: str
    evidence: tuple[str, ...]
    repaired: str = "never"

    def __post_init__(self) -> None:
        """Refuse an entry that nobody could look up, or that leaves a question open."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", self.name):
            raise ValueError(f"a rule is called {self.name!r}; write it in kebab-case")
        if self.severity not in SEVERITIES:
            raise ValueError(
                f"{self.name} has severity {self.severity!r}; choose from {', '.join(SEVERITIES)}"
            )
        if self.repaired not in REPAIRED:
            raise ValueError(
                f"{self.name} is repaired {self.repaired!r}; choose from {', '.join(REPAIRED)}"
            )
        for part in ("finds", "why", "remedy", "evidence"):
            if not getattr(self, part):
                raise ValueError(f"the rule {self.name} has no {part}")

    @property
    def link(self) -> str:
        """The heading that explains the rule."""
        return f"{PAGE}#{self.name}"

    def finding(
        self,
        *,
        op: str,
        layer: str,
        why: str,
        remedy: str = "",
        severity: str = "",
        count: int = 1,
    ) -> Finding:
        """Return a finding that the user has to act on; the rule fills in what is left out."""
        return Finding(
            rule=self.name,
            severity=severity or self.severity,
            op=op,
            layer=layer,
            why=why,
            remedy=remedy or self.remedy,
            evidence=self.link,
            count=count,
        )

    def repaired_finding(self, *, op: str, layer: str, why: str, count: int = 1) -> Finding:
        """Return a finding that the conversion takes care of."""
        return Finding(
            rule=self.name,
            severity="info",
            op=op,
            layer=layer,
            why=why,
            remedy=DONE,
            evidence=self.link,
            count=count,
            fixable=True,
        )
