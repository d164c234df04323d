"""Views and permutes one after another, where fewer would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of
from edgeattn_converters.passes.drop_identities import ALWAYS
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import Program

LAYOUT_CHAIN = Rule(
    name="layout-chain",
    severity="info",
    finds="Chains of reshape, permute, split and slice that a shorter chain replaces.",
    why="Reshape, Transpose, Squeeze and Split took 16 % of the int8 time of a small hybrid "
    "(0.33 M parameters, 64x64) on ONNX Runtime, and a five-axis permute keeps LiteRT's GPU away.",
    remedy="q, k, v = (part(x).reshape(b, n, heads, -1).transpose(1, 2) for part in (query, key, "
    "value)): three Linears instead of one and an unbind",
    evidence=("ONNX Runtime 1.31.1, per-operator times", "passes/collapse_layout.py"),
    repaired="always",
)


def layout_chain(subject: Subject) -> Iterator[Finding]:
    """Yield one info with the number of layout operators that the passes take away."""
    before, after = list(_chained(subject.captured)), list(_chained(subject.program))
    gone = len(before) - len(after)
    if gone <= 0:
        return
    layer, _ = Counter(map(place_of, before)).most_common(1)[0]
    yield LAYOUT_CHAIN.repaired_finding(
        op="layout",
        layer=layer,
        count=gone,
        why=f"{gone} of {len(before)} reshapes, permutes and slices that stand behind another one "
        "are not needed",
    )


def _chained(program: Program) -> Iterator[fx.Node]:
    """Yield the views whose operand is a view already; copies do not count."""
    for node in calls(program):
        if node.target in ALWAYS or not is_layout(node):
            continue
        before = node.args[0]
        while isinstance(before, fx.Node) and before.target in ALWAYS:
            before = before.args[0]
        if isinstance(before, fx.Node) and is_layout(before):
            yield node
