"""What the int8 file of a target will hold: bytes of weights, tables and other constants."""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx

from edgeattn_converters.lint.subject import Target
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.program import constant


def constants(target: Target) -> Iterator[tuple[fx.Node, int]]:
    """Yield (constant, its bytes in the int8 file): one for each weight of an int8 operator."""
    seen = set()
    for node in target.int8_form.graph.find_nodes(op="get_attr"):
        if str(node.target) in seen:
            continue
        seen.add(str(node.target))
        value = constant(target.int8_form, node)
        size = 1 if is_weight(node) and any(map(target.is_int8, node.users)) else 4
        yield node, size * value.numel()


def is_weight(node: fx.Node) -> bool:
    """Tell whether a constant is the weight of a convolution or Linear."""
    return any(kind(user) in HAS_WEIGHTS and user.args[1] is node for user in node.users)


def is_table(node: fx.Node) -> bool:
    """Tell whether a constant is the table of an embedding."""
    return any(kind(user) == "embedding" and user.args[0] is node for user in node.users)


def spoken(size: int) -> str:
    """Return a number of bytes as a person says it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
