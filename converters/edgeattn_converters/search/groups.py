"""Group the operators whose precision is decided together: a layer, or half an attention core.

A Linear, a convolution, QK' and PV are a group each. A deep model has too many of them to measure:
its groups are merged by the path of their layers, block by block, until few enough are left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from torch import fx

from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.placement import Decision, place, weighs_values
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import PRECISIONS, Recipe

LARGEST = 32
"""Groups that three minutes suffice for; ViT-tiny has 62 layers and 26 groups."""

Mix = tuple[str, ...]
"""The precision of every group, in the order of the groups."""

CLOSED = {
    "measure": {"w4"},
    "static": {"dynamic", "w4"},
    "dynamic": {"int8", "w4"},
    "w4": {"int8"},
}
"""What a recipe's word on its Linears leaves out. Four bits are for who asks for them: they save
bytes, never time, and lose more than the rest of the model."""

WORDS = {"scores": "QK'", "values": "PV"}


@dataclass(frozen=True)
class Group:
    """Operators that switch together.

    Attributes:
        name: For reports: a layer's path, or a block's and what of it.
        part: "conv", "linear" (all Linears and projections), "scores" (QK') or "values" (PV).
        members: The operators.
        patterns: How a recipe names them.
        choices: Precisions that the engine and the user's recipe leave open, fastest format first.
    """

    name: str
    part: str
    members: tuple[str, ...]
    patterns: tuple[str, ...]
    choices: tuple[str, ...]


def groups_of(
    program: Program, recipe: Recipe, policy: Policy, largest: int = LARGEST
) -> tuple[Group, ...]:
    """Return the groups that have a choice, in the order of the graph.

    Args:
        program: The float Program in the engine's form.
        recipe: What the user wants; what it decides for a layer is no choice.
        policy: What the engine runs fast.
        largest: Merge by blocks until so few are left.
    """
    open_to = _choices(program, recipe, policy)
    nodes = [node for node in program.graph.nodes if len(open_to.get(node.name, ())) > 1]
    depth = max((_path(node).count(".") + 1 for node in nodes), default=0)
    merged = _merged(nodes, lambda node: _path(node))
    while len(merged) > largest and depth > 1:
        depth -= 1
        merged = _merged(nodes, lambda node, depth=depth: _prefix(node, depth))  # type: ignore[misc]
    if len(merged) > largest:  # no paths to merge by, as in a file without module names
        width = -(-len(nodes) // largest)
        order = {node: place // width for place, node in enumerate(nodes)}
        merged = _merged(nodes, lambda node: f"operators {order[node]}")
    sharing = _sharing(program, recipe, policy)
    return tuple(
        Group(
            name if part in ("conv", "linear") else f"{name} {WORDS[part]}",
            part,
            tuple(node.name for node in members),
            _patterns(members, sharing),
            tuple(p for p in PRECISIONS if any(p in open_to[node.name] for node in members)),
        )
        for (name, part), members in merged.items()
    )


def recipe_of(recipe: Recipe, groups: tuple[Group, ...], mix: Mix, name: str) -> Recipe:
    """Return the recipe that gives every group its precision, behind the user's own rules."""
    rules = tuple(
        (pattern, precision)
        for group, precision in zip(groups, mix, strict=True)
        for pattern in group.patterns
    )
    core = "int8" if recipe.core == "measure" else recipe.core
    linears = "static" if recipe.linears == "measure" else recipe.linears
    return replace(recipe, name=name, core=core, linears=linears, layers=recipe.layers + rules)


def mix_of(groups: tuple[Group, ...], decisions: Iterable[Decision]) -> Mix:
    """Return what placement made of every group: the fastest format that one of it runs in."""
    placed = {decision.name: decision.precision for decision in decisions}
    found = []
    for group in groups:
        seen = {placed[member] for member in group.members}
        found.append(next(p for p in ("w4", "dynamic", "int8", "float") if p in seen))
    return tuple(found)


def switched(groups: tuple[Group, ...], mix: Mix, name: str, precision: str) -> Mix:
    """Return a mix with one group in another precision."""
    return tuple(
        precision if group.name == name else now for group, now in zip(groups, mix, strict=True)
    )


def _choices(program: Program, recipe: Recipe, policy: Policy) -> dict[str, set[str]]:
    """Return, by operator, the precisions that placement grants when a rule asks for them."""
    found: dict[str, set[str]] = {}
    for asked in PRECISIONS:
        trial = replace(recipe_of(recipe, (), (), "trial"), layers=(*recipe.layers, ("*", asked)))
        for node, decision in place(program, trial, policy).items():
            if _part(node) is not None:
                found.setdefault(node.name, set()).add(decision.precision)
    for node in program.graph.nodes:
        if kind(node) in policy.dynamic and node.name in found:
            found[node.name] -= CLOSED[recipe.linears]
    return found


def _part(node: fx.Node) -> str | None:
    what = kind(node)
    if what == "matmul":
        return "values" if weighs_values(node) else "scores"
    if what in HAS_WEIGHTS:
        return "conv" if what == "conv" else "linear"
    return None


def _merged(
    nodes: list[fx.Node], name: Callable[[fx.Node], str]
) -> dict[tuple[str, str], list[fx.Node]]:
    found: dict[tuple[str, str], list[fx.Node]] = {}
    for node in nodes:
        found.setdefault((name(node), str(_part(node))), []).append(node)
    return found


def _path(node: fx.Node) -> str:
    return str(node.meta.get("layer") or node.name)


def _prefix(node: fx.Node, depth: int) -> str:
    return ".".join(_path(node).split(".")[:depth])


def _sharing(program: Program, recipe: Recipe, policy: Policy) -> Mapping[str, set[str]]:
    """Return, by layer, the names of all operators in it that a rule for the layer would reach."""
    found: dict[str, set[str]] = {}
    for node in place(program, recipe, policy):
        found.setdefault(node.meta.get("layer", ""), set()).add(node.name)
    return found


def _patterns(members: list[fx.Node], sharing: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Name operators by their layer where that means them alone, else by their own names."""
    names = {node.name for node in members}
    found = []
    for node in members:
        layer = node.meta.get("layer", "")
        alone = layer and sharing[layer] <= names and not set(layer) & set("*?[")
        found.append(layer if alone else node.name)
    return tuple(dict.fromkeys(found))
