"""Tell what the passes repair from what they leave: the same look, before and after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from torch import fx

from edgeattn_converters.lint.subject import Subject
from edgeattn_converters.program import Program

Look = Callable[[Program], Iterable[fx.Node]]


def before_and_after(subject: Subject, look: Look) -> Iterator[tuple[fx.Node, bool]]:
    """Yield (node, repaired): what is left after the passes, then what they took away.

    Passes rename nodes but keep their layer, so that a layer's nodes are compared by their number.
    """
    left = list(look(subject.program))
    for node in left:
        yield node, False
    spare = Counter(_layer(node) for node in left)
    for node in look(subject.captured):
        if spare[_layer(node)]:
            spare[_layer(node)] -= 1
        else:
            yield node, True


def _layer(node: fx.Node) -> str:
    return str(node.meta.get("layer", ""))
