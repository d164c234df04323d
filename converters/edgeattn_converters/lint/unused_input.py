"""Inputs that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject

UNUSED_INPUT = Rule(
    name="unused-input",
    severity="warning",
    finds="An input that no operator reads.",
    why="callers must pass it at every inference, calibration data must hold it, and some engines "
    "drop it from the file, so that the same call fails on one and works on another.",
    remedy="leave it out of forward, or out of the example inputs",
    evidence=("the captured graph",),
)


def unused_input(subject: Subject) -> Iterator[Finding]:
    """Yield a warning for each input without a reader."""
    for node in subject.program.graph.find_nodes(op="placeholder"):
        if not node.users:
            yield UNUSED_INPUT.finding(op="input", layer=str(node.target), why="nothing reads it")
