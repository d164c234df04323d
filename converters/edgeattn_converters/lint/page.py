"""The catalogue as a page of Markdown (docs/lint.md) and as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from edgeattn_converters.lint.rule import Rule

REPAIRS = {
    "always": "`convert` by itself, `--fix` for other tools",
    "sometimes": "`convert` by itself and `--fix` for other tools where they can; the finding says",
    "never": "you",
}
INTRODUCTION = """# What hurts attention models on small devices

Every rule of `edgeattn lint MODEL`: what it finds, why that hurts and what to write instead.
`edgeattn lint --explain RULE` prints one entry, `edgeattn lint MODEL --fix --out FILE` writes the
model with the exact rewrites applied. An error cannot be converted, a warning will be slow or
wrong, an info is good to know. Speeds are ratios on x86-64 with VNNI, one thread, from the
documents named; SQNR is that of the model's output against float.

This page is made from the rules; a test keeps it in step.
"""


def page(rules: Iterable[Rule]) -> str:
    """Return the catalogue as Markdown: a table, then a heading for each rule."""
    rules = tuple(rules)
    rows = [f"| [{rule.name}](#{rule.name}) | {rule.severity} | {rule.finds} |\n" for rule in rules]
    table = "".join(["| rule | at most | finds |\n| --- | --- | --- |\n", *rows])
    return "\n".join([INTRODUCTION, table, *map(_section, rules)])


def _section(rule: Rule) -> str:
    return (
        f"## {rule.name}\n\n"
        f"{rule.finds} Severity: {rule.severity} at most.\n\n"
        f"- **Why it hurts:** {rule.why}\n"
        f"- **Instead:** {_code_kept(rule.remedy)}\n"
        f"- **Repaired by:** {REPAIRS[rule.repaired]}.\n"
        f"- **Evidence:** {'; '.join(map(_linked, rule.evidence))}.\n"
    )


def _code_kept(text: str) -> str:
    """Return text in which Markdown takes no `*` and `_` for emphasis."""
    return text.replace("*", r"\*").replace("__", r"\_\_")


def _linked(source: str) -> str:
    """Return a link for a document beside the page, the text of any other source."""
    if source.startswith("docs/"):
        return f"[{source.removeprefix('docs/')}]({source.removeprefix('docs/')})"
    return source
