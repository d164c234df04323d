"""Observe what each Linear and convolution reads and gives, channel by channel, on real samples.

Ranges of whole tensors are what quantisation needs (calibrate.py); passes that move a scale or a
constant from one layer into the next need to know which channel is the wide one. Streamed: memory
is one sample's activations and three numbers per channel.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

from edgeattn_converters.passes.channel_walk import CHANNEL_AXIS, is_projection
from edgeattn_converters.program import Program

SAMPLES = 64
"""Channel ranges steer a rewrite that is exact whatever they are; more samples change little."""


@dataclass(frozen=True)
class Channels:
    """What the channels of one tensor hold, each float32 [channels].

    Attributes:
        low: The smallest value.
        high: The largest value.
        power: The mean of the squares.
        count: How many values a channel had.
    """

    low: torch.Tensor
    high: torch.Tensor
    power: torch.Tensor
    count: int

    @property
    def middle(self) -> torch.Tensor:
        """Return what to subtract so that the ranges are symmetric."""
        return (self.low + self.high) / 2

    @property
    def largest(self) -> torch.Tensor:
        """Return the largest magnitudes."""
        return torch.maximum(self.low.abs(), self.high.abs())

    def joined(self, other: Channels) -> Channels:
        """Return what both hold together."""
        count = self.count + other.count
        return Channels(
            torch.minimum(self.low, other.low),
            torch.maximum(self.high, other.high),
            (self.power * self.count + other.power * other.count) / count,
            count,
        )


@dataclass(frozen=True)
class ChannelStatistics:
    """What the layers with weights read and give, by the layer's tensor name."""

    inputs: Mapping[str, Channels]
    outputs: Mapping[str, Channels]


def observe_channels(
    program: Program, samples: Iterable[tuple[torch.Tensor, ...]]
) -> ChannelStatistics:
    """Run `program` on up to SAMPLES samples and keep the range of every channel."""
    observer = _Observer(program.graph_module)
    for sample in itertools.islice(samples, SAMPLES):
        with torch.no_grad():
            observer.run(*sample)
    return ChannelStatistics(observer.inputs, observer.outputs)


class _Observer(fx.Interpreter):
    """An interpreter that notes the ranges around Linears and convolutions."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.inputs: dict[str, Channels] = {}
        self.outputs: dict[str, Channels] = {}

    def run_node(self, n: fx.Node) -> Any:
        if not is_projection(n):
            return super().run_node(n)
        axis = CHANNEL_AXIS[n.target]
        args, _ = self.fetch_args_kwargs_from_env(n)
        _note(self.inputs, n.name, args[0], axis)
        value = super().run_node(n)
        _note(self.outputs, n.name, value, axis)
        return value


def _note(seen: dict[str, Channels], name: str, value: torch.Tensor, axis: int) -> None:
    lines = value.movedim(axis, 0).reshape(value.shape[axis], -1)
    low, high = lines.aminmax(dim=1)
    found = Channels(low, high, lines.square().mean(1), lines.shape[1])
    seen[name] = seen[name].joined(found) if name in seen else found
