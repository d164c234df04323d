"""Decide which operators run in int8, and say why.

Two kinds of rules. Some operators always win in int8 on an engine (convolutions, Linears). Others
only save a conversion between int8 neighbours (a residual sum, a GELU by table): they follow, and
are found as the largest set in which every member has the neighbours it needs.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterator
from dataclasses import dataclass

from torch import fx

from edgeattn_converters.logarithm import meets_logarithm
from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import ACTIVATIONS, HAS_WEIGHTS, kind
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program, shape
from edgeattn_converters.ranked import is_ranked
from edgeattn_converters.recipe import Recipe

NEEDS_READER = frozenset({"add", "mul", "cat"})
"""Followers that pay when something int8 reads them."""

NEEDS_SOURCE = frozenset({"mean", "pool"})
"""Followers that pay when what they read is int8 already."""


@dataclass(frozen=True)
class Decision:
    """What happens to one operator.

    Attributes:
        name: The tensor it computes.
        layer: The module it came from, dotted.
        kind: As in operator_kind.py.
        precision: "int8", "dynamic" (int8 with a scale found as it runs), "weights"
            (weights are stored as int8, the arithmetic is float) or "float".
        reason: One clause for the report.
    """

    name: str
    layer: str
    kind: str
    precision: str
    reason: str

    @property
    def int8(self) -> bool:
        """Whether its products are computed in int8."""
        return self.precision != "float"


def place(program: Program, recipe: Recipe, policy: Policy) -> dict[fx.Node, Decision]:
    """Return a decision for every operator that computes something."""
    nodes = [
        node
        for node in program.graph.nodes
        if node.op == "call_function" and kind(node) not in ("layout", "relu")
    ]
    if recipe.core == "fused" and "core" in map(kind, nodes):
        policy = policy.with_siblings()
    refused = {node: _refusal(node, recipe, policy) for node in nodes}
    willing = {node for node in nodes if refused[node] is None}
    dynamic = {node for node in willing if _wants_dynamic(node, recipe, policy)}
    # What comes out of a static kernel is int8 already: reading it so costs nothing.
    dynamic -= {
        node
        for node in dynamic
        if _asked(node, recipe) is None
        and recipe.linears != "w4"  # which asks for their size
        and _is_static(source(tensor(node, 0)), willing, dynamic)
    }
    static = _settle(willing - dynamic, policy)
    decisions = {}
    for node in nodes:
        what = kind(node)
        reason = refused[node]
        how = "float"
        if node in dynamic:
            how = "w4" if _wants_four_bits(node, recipe, policy) else "dynamic"
            reason = policy.reasons[how]
        elif node in static:
            how = "int8"
        elif reason is None and node not in static:
            reason = policy.reasons.get(what, "") + "; no int8 neighbour here"
        decisions[node] = Decision(
            node.name,
            node.meta.get("layer", ""),
            what,
            how,
            reason if reason is not None else policy.reasons.get(what, ""),
        )
    return decisions


def _wants_dynamic(node: fx.Node, recipe: Recipe, policy: Policy) -> bool:
    if kind(node) not in policy.dynamic:
        return False
    asked = _asked(node, recipe)
    if asked is not None:
        return asked in ("dynamic", "w4")
    if _is_answer(node) and kind(node) not in policy.float_result:
        return True
    return recipe.linears in ("dynamic", "w4") and kind(node) == "linear"


def _wants_four_bits(node: fx.Node, recipe: Recipe, policy: Policy) -> bool:
    asked = _asked(node, recipe) or (recipe.linears if kind(node) == "linear" else None)
    return asked == "w4" and kind(node) in policy.four_bits


def _is_answer(node: fx.Node) -> bool:
    """Tell whether a result leaves the model: a range would cut off what calibration never saw."""
    return all(user.op == "output" for user in readers(node))


def _asked(node: fx.Node, recipe: Recipe) -> str | None:
    """Return the precision that the recipe's first matching rule gives a layer, or None."""
    for pattern, precision in recipe.layers:
        if _matches(node, pattern):
            return precision
    return None


def _matches(node: fx.Node, pattern: str) -> bool:
    layer = node.meta.get("layer", "")
    return fnmatch.fnmatchcase(layer, pattern) or fnmatch.fnmatchcase(node.name, pattern)


def _is_static(node: fx.Node, willing: set[fx.Node], dynamic: set[fx.Node]) -> bool:
    return node in willing and node not in dynamic and kind(node) in ("conv", "matmul")


def _refusal(node: fx.Node, recipe: Recipe, policy: Policy) -> str | None:
    """Return why an operator stays float whatever its neighbours do, or None."""
    what, asked = kind(node), _asked(node, recipe)
    if not recipe.int8:
        return f"recipe {recipe.name} is float"
    for pattern in recipe.keep_float:
        if _matches(node, pattern):
            return f"kept float by the recipe ({pattern})"
    if asked == "float":
        return "kept float by the recipe"
    if asked == "dynamic" and what not in policy.dynamic:
        return f"{policy.name} has no dynamic-range kernel for it"
    if asked == "w4" and what not in policy.four_bits:
        return f"{policy.name} has no kernel for 4-bit weights of it"
    if what not in policy.int8 | policy.follows:
        return policy.reasons.get(what, f"no int8 kernel in {policy.name}'s policy")
    if meets_logarithm(node):
        return "a logarithm is taken of it: it needs small values as exactly as large ones"
    if what == "core" and recipe.core != "fused":
        return policy.reasons.get("float core", policy.reasons["core"])
    if what == "matmul" and recipe.core != "int8":
        if recipe.core in ("float", "fused"):  # what could not be fused stays float
            return "the attention core is float in this variant"
        if weighs_values(node):
            return "PV is float in this variant: rounding the softmax costs more than it saves"
    if what == "matmul" and is_ranked(node):
        return "its scores choose tokens: rounded ones would choose others"
    if what == "matmul" and _tokens(node) > (policy.longest_core or math.inf):
        return f"the attention core is float beyond {policy.longest_core} tokens"
    if not node.meta["val"].is_floating_point():
        return "it computes whole numbers already"
    if what in HAS_WEIGHTS:
        parameters = [arg for arg in node.args[1:3] if arg is not None]
        if not all(isinstance(arg, fx.Node) and arg.op == "get_attr" for arg in parameters):
            return "its weight is computed, not constant"
    elif not _all_tensors_computed(node):
        return "one of its operands is a constant"
    elif node.kwargs.get("alpha", 1) != 1:
        return "it scales one of its operands, which no integer kernel does"
    return None


def _all_tensors_computed(node: fx.Node) -> bool:
    """Tell whether every operand is an activation: integer kernels take no float constants."""
    if kind(node) in ("add", "mul") and not all(isinstance(a, fx.Node) for a in node.args[:2]):
        return False
    operands = rounded_operands(node)
    return all(source.op != "get_attr" for source in operands)


def rounded_operands(node: fx.Node) -> list[fx.Node]:
    """Return what an int8 operator reads as integers, weights and all."""
    if kind(node) in ACTIVATIONS:
        return [tensor(node, place) for place in range(ACTIVATIONS[kind(node)])]
    return node.all_input_nodes


def _tokens(product: fx.Node) -> int:
    """Return the longer side of the scores that a product of the attention core makes or reads."""
    scores = tensor(product, 0) if weighs_values(product) else product
    return max(shape(scores)[-2:])


def weighs_values(product: fx.Node) -> bool:
    """Tell whether a product's left operand is a softmax: PV, not QK'."""
    return kind(root(tensor(product, 0))) == "softmax"


def _settle(chosen: set[fx.Node], policy: Policy) -> set[fx.Node]:
    """Drop followers without the neighbours they need, until none is left to drop."""
    while True:
        kept = {
            node for node in chosen if kind(node) in policy.int8 or _has_neighbours(node, chosen)
        }
        if kept == chosen:
            return _anchored(chosen, policy)
        chosen = kept


def _anchored(chosen: set[fx.Node], policy: Policy) -> set[fx.Node]:
    """Drop followers that only follow each other: a sum and a mean with nothing int8 around."""
    reached: set[fx.Node] = set()
    ahead = [node for node in chosen if kind(node) in policy.int8]
    while ahead:
        node = ahead.pop()
        if node in chosen and node not in reached:
            reached.add(node)
            ahead += [*readers(node), *map(source, node.all_input_nodes)]
    return reached


def _has_neighbours(node: fx.Node, chosen: set[fx.Node]) -> bool:
    what = kind(node)
    reader = any(user in chosen for user in readers(node))
    sourced = any(source(arg) in chosen for arg in node.all_input_nodes)
    if what in NEEDS_READER:
        return reader
    if what in NEEDS_SOURCE:
        return sourced
    return reader and sourced


def tail(node: fx.Node) -> fx.Node:
    """Return the ReLU that an int8 operator performs for free by saturating, or the node."""
    users = list(node.users)
    if len(users) == 1 and kind(users[0]) == "relu":
        return users[0]
    return node


def source(node: fx.Node) -> fx.Node:
    """Return the operator whose result a node is a view of, ReLU left out."""
    node = root(node)
    if kind(node) == "relu":
        before = tensor(node, 0)
        if tail(before) is node:
            return before
    return node


def root(node: fx.Node) -> fx.Node:
    """Return what a chain of views starts from."""
    while kind(node) == "layout":
        node = tensor(node, 0)
    return node


def readers(node: fx.Node) -> Iterator[fx.Node]:
    """Yield the operators that read a node's result, through views and its own ReLU."""
    for user in node.users:
        if kind(user) == "layout" or tail(node) is user:
            yield from readers(user)
        else:
            yield user
