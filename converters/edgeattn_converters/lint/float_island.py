"""Operators that stay float beside int8 neighbours: each costs conversions there and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.instead import instead_of
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, Target, place_of, word_for
from edgeattn_converters.placement import readers, source

WATCHED = frozenset(
    {"softmax", "layer_norm", "gelu", "hardswish", "silu", "sigmoid", "tanh", "other"}
)

SEVERITY = {"softmax": "info"}  # an attention model cannot do without; the rest can

REMEDY = {
    "softmax": "keep it float, as the conversion does; fewer tokens or heads make it smaller",
    "layer_norm": "train with BatchNorm after each Linear instead: it folds into the weights and "
    "costs nothing (nor accuracy on gesture-hybrid: docs/measurements/activations.md)",
    "other": "ReLU where accuracy allows it: int8 operators clip for free",
}
FLOAT_ISLAND = Rule(
    name="float-island",
    severity="warning",
    finds="An operator that stays float beside int8 neighbours: softmax, LayerNorm, an activation.",
    why="each conversion there and back reads and writes every number. A float LayerNorm with its "
    "conversions adds 33 % to an int8 block on ONNX Runtime; a stock quantiser makes Hardswish "
    "HardSigmoid, a product and 100 conversions, about 5 ms for a hybrid of 1.9 M parameters.",
    remedy="nn.Sequential(nn.Linear(...), nn.BatchNorm1d(...), nn.ReLU()): both fold into the "
    "int8 operator before them",
    evidence=("docs/measurements/engine-forms.md", "docs/measurements/activations.md"),
)

RELU = (
    "train with ReLU instead: the int8 operator before it clips for free, and gesture-hybrid is as "
    "accurate with it (docs/measurements/activations.md)"
)

MEASURED = {
    "layer_norm": "a float LayerNorm with its conversions adds 33 % to an int8 block",
}


def float_island(subject: Subject) -> Iterator[Finding]:
    """Yield a finding, per policy, for each float operator that int8 has to be left for."""
    for target in subject.targets:
        islands = {node: count for node in target.decisions if (count := _crossings(target, node))}
        total: Counter[str] = Counter()
        times: Counter[str] = Counter()
        for node, count in islands.items():
            total[word_for(node)] += count
            times[word_for(node)] += 1
        for node, count in islands.items():
            word, decision = word_for(node), target.decisions[node]
            whole = f", {total[word]} for all {times[word]}" if times[word] > 1 else ""
            clauses = [
                f"stays float beside int8 on {target.policy.name}: {_counted(count)}{whole}",
                decision.reason,
                MEASURED.get(decision.kind, "") if target.policy.format == "onnx" else "",
            ]
            yield FLOAT_ISLAND.finding(
                severity=SEVERITY.get(decision.kind, "warning"),
                op=word,
                layer=place_of(node),
                why="; ".join(filter(None, clauses)),
                remedy=instead_of(word) or REMEDY.get(decision.kind, RELU),
            )


def _crossings(target: Target, node: fx.Node) -> int:
    """Return how many conversions an operator costs; 0 where it is no island."""
    decision = target.decisions[node]
    if decision.int8 or decision.kind not in WATCHED:
        return 0
    into = {before for arg in node.all_input_nodes if target.is_static(before := source(arg))}
    out = any(target.is_static(reader) for reader in readers(node))
    needed = decision.kind != "layer_norm"  # a norm stands behind a float sum as a rule
    if needed and not (into and out):
        return 0
    return len(into) + out


def _counted(conversions: int) -> str:
    return "1 conversion" if conversions == 1 else f"{conversions} conversions"
