"""Output channels whose weights are all zero: work whose result is known."""

from __future__ import annotations

from collections.abc import Iterator

from edgeattn_converters.lint.finding import Finding
from edgeattn_converters.lint.rule import Rule
from edgeattn_converters.lint.subject import Subject, calls, place_of, word_for
from edgeattn_converters.operator_kind import HAS_WEIGHTS, kind
from edgeattn_converters.program import constant, is_constant

TINY = 1e-7  # of the layer's largest weight
DEAD_CHANNELS = Rule(
    name="dead-channels",
    severity="info",
    finds="Output channels whose weights are all zero, after BatchNorm is folded.",
    why="the engine multiplies with zeros all the same: dense int8 kernels do not look. A channel "
    "that always gives one number takes its share of time and bytes.",
    remedy="leave the channels out of this layer and of the one behind it: build it with a smaller "
    "width and copy the live rows",
    evidence=("the weights themselves",),
)


def dead_channels(subject: Subject) -> Iterator[Finding]:
    """Yield an info for each layer that has such channels."""
    for node in calls(subject.program):
        if kind(node) not in HAS_WEIGHTS or not is_constant(node.args[1]):
            continue
        largest = constant(subject.program, node.args[1]).flatten(1).abs().amax(1)
        dead = int((largest <= TINY * float(largest.max())).sum())
        if dead:
            yield DEAD_CHANNELS.finding(
                op=word_for(node),
                layer=place_of(node),
                why=f"{dead} of {len(largest)} output channels have no weight but 0: "
                f"{dead / len(largest):.0%} of the layer's work is known beforehand",
            )
