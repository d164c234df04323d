"""Alike: groups that are one layer written several times, so that one of them is timed for all.

A transformer of twelve blocks has two kinds of blocks' halves, not twenty-four: what it costs to
switch the MLP of the sixth is what it costs to switch that of the ninth. Groups are alike when they
hold the same operators on the same shapes, in the same precisions now, with the same choices.

What the time does not suffice for is guessed from groups of the same part: enough to say what to
try next, and every trial is measured.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from torch import fx

from edgeattn_converters.search.groups import Group, Mix
from edgeattn_converters.search.subject import Subject

T = TypeVar("T")


def stand_ins(subject: Subject, mix: Mix) -> Mapping[str, str]:
    """Return, by group, the one that is timed in its stead: the middle one of those alike.

    The middle one has neighbours of its own kind on both sides, as most of them have.
    """
    nodes = {node.name: node for node in subject.exact.graph.nodes}
    placed = {decision.name: decision.precision for decision in subject.placed(mix)}
    found: dict[object, list[str]] = {}
    for group, now in zip(subject.groups, mix, strict=True):
        operators = tuple((_what(nodes[name]), placed[name]) for name in group.members)
        found.setdefault((group.part, group.choices, now, operators), []).append(group.name)
    return {name: alike[len(alike) // 2] for alike in found.values() for name in alike}


def _what(node: fx.Node) -> tuple[object, ...]:
    """Return what an operator computes: its kind, and the shapes that go in and come out."""
    tensors = (*node.all_input_nodes, node)
    return (
        str(node.target),
        *(tuple(getattr(each.meta.get("val"), "shape", ())) for each in tensors),
    )


def spread(items: Sequence[T]) -> list[T]:
    """Return the items so that any beginning of them covers the whole, coarse before fine.

    >>> spread(range(8))
    [0, 4, 2, 6, 1, 3, 5, 7]
    """
    return [*items[::4], *items[2::4], *items[1::2]]


def guessed(
    known: Mapping[tuple[str, str], float],
    groups: Iterable[Group],
    wanted: Iterable[tuple[str, str]],
) -> dict[tuple[str, str], float]:
    """Return the mean of what groups of the same part have in the same precision, else 0.

    Args:
        known: What was measured, by (group, precision).
        groups: All of them.
        wanted: What was not measured.
    """
    part = {group.name: group.part for group in groups}
    found = {}
    for name, precision in wanted:
        near = [
            x for (other, one), x in known.items() if (part[other], one) == (part[name], precision)
        ]
        found[name, precision] = statistics.fmean(near) if near else 0.0
    return found
