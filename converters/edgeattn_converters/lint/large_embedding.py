"""Token and position tables that are most of the file: they stay float."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.file_size import constants, is_table, spoken
from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of

HALF = 0.5
LARGE_EMBEDDING = Rule(
    name="large-embedding",
    severity="warning",
    finds="Embedding tables in float that are more than half of the int8 file.",
    why="a look-up computes nothing, so int8 makes nothing faster there, and the table keeps its "
    "four bytes a number: the file hardly shrinks.",
    remedy="a smaller vocabulary, or a narrow table and a Linear behind it: "
    "nn.Sequential(nn.Embedding(words, 64), nn.Linear(64, width)) (ALBERT)",
    evidence=("the constants of the model, counted", "arXiv:1909.11942, section 3.1"),
)


def large_embedding(subject: Subject) -> Iterator[Finding]:
    """Yield a warning, per policy, for the largest of the tables."""
    for target in subject.targets:
        sizes = dict(constants(target))
        tables = {
            node: size
            for node, size in sizes.items()
            if is_table(node) and not any(map(target.is_int8, node.users))
        }
        whole, share = sum(sizes.values()), sum(tables.values())
        if not tables or share <= HALF * whole:
            continue
        largest = max(tables, key=lambda node: tables[node])
        yield LARGE_EMBEDDING.finding(
            op="embedding",
            layer=place_of(next(iter(largest.users))),
            count=len(tables),
            why=f"{spoken(share)} of the {spoken(whole)} of constants in the int8 file for "
            f"{target.policy.name} are tables in float",
        )
