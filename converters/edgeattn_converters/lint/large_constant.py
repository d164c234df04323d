"""Masks and position biases written out: constants that nobody learnt, and yet much of the file."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.file_size import constants, is_table, is_weight, spoken
from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, place_of
from edgeattn_converters.program import shape

SHARE, SMALLEST = 0.10, 50_000  # of the file; bytes
LARGE_CONSTANT = Rule(
    name="large-constant",
    severity="info",
    finds="A float constant that is no weight and a tenth or more of the int8 file.",
    why="a mask or position bias for every window, head, query and key is read at every inference "
    "and stays float: four bytes a number beside weights of one.",
    remedy="a bias [heads, tokens, tokens] and a mask [windows, 1, tokens, tokens], added one "
    "after the other; no shifted windows on small maps",
    evidence=("the constants of the model, counted",),
)


def large_constant(subject: Subject) -> Iterator[Finding]:
    """Yield an info, per policy, for each such constant."""
    for target in subject.targets:
        sizes = dict(constants(target))
        whole = sum(sizes.values())
        for node, size in sizes.items():
            if is_weight(node) or is_table(node) or size < max(SMALLEST, SHARE * whole):
                continue
            reader = next(iter(node.users))
            yield LARGE_CONSTANT.finding(
                op="constant",
                layer=place_of(reader),
                why=f"{list(shape(node))} numbers in float: {spoken(size)} of the {spoken(whole)} "
                f"of constants in the int8 file for {target.policy.name}",
            )
