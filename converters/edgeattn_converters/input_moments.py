"""Second moments of what each layer reads, streamed: one matrix per layer, whatever the samples.

A convolution is a Linear on patches; a grouped one is several side by side, a depthwise one has a
group per channel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import fx
from torch.nn import functional

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.operands import numbers, tensor
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.program import Program, shape


class Moments:
    """Sums over every row x that a layer multiplies its weights with.

    Attributes:
        products: float64 [groups, in, in]: sums of x x'.
        sums: float64 [groups, in].
        rows: How many there were.
    """

    def __init__(self, groups: int, width: int) -> None:
        """Start at zero."""
        self.products = torch.zeros(groups, width, width, dtype=torch.float64)
        self.sums = torch.zeros(groups, width, dtype=torch.float64)
        self.rows = 0

    def add(self, rows: torch.Tensor) -> None:
        """Add rows, float32 [groups, count, in]."""
        rows = rows.double()  # a mean far from zero is taken out again: float32 would lose the rest
        self.products += rows.transpose(1, 2) @ rows
        self.sums += rows.sum(1)
        self.rows += rows.shape[1]

    @property
    def centred(self) -> torch.Tensor:
        """The products as if the mean of the inputs were zero: what no bias can make up for."""
        return self.products - self.sums[:, :, None] * self.sums[:, None] / max(self.rows, 1)


def input_moments(
    program: Program, layers: Sequence[fx.Node], samples: Iterable[Sample]
) -> dict[fx.Node, Moments]:
    """Return the moments of what each of some layers reads while `program` runs on samples."""
    observer = _Observer(program.graph_module, layers)
    for sample in samples:
        with torch.no_grad():
            observer.run(*sample)
    return observer.moments


def moments_bytes(layer: fx.Node) -> int:
    """Return the memory that a layer's moments take."""
    groups, width = _groups(layer), _width(layer)
    return 8 * groups * width * (width + 1)


def by_group(layer: fx.Node, weight: torch.Tensor) -> torch.Tensor:
    """Return a layer's weight [out, ...] as [groups, out / groups, in], in the order of `rows`."""
    if kind(layer) == "conv":
        weight = weight.permute(0, 3, 1, 2)
    return weight.reshape(_groups(layer), -1, _width(layer))


def as_stored(layer: fx.Node, grouped: torch.Tensor) -> torch.Tensor:
    """Undo `by_group`."""
    out, *rest = shape(tensor(layer, 1))
    if kind(layer) != "conv":
        return grouped.reshape(out, *rest)
    height, width, channels = rest
    return grouped.reshape(out, channels, height, width).permute(0, 2, 3, 1).contiguous()


def _groups(layer: fx.Node) -> int:
    if kind(layer) != "conv":
        return 1
    groups = layer.args[6]
    assert isinstance(groups, int)
    return groups


def _width(layer: fx.Node) -> int:
    """Return how many numbers one output is made of."""
    return math.prod(shape(tensor(layer, 1))[1:])


def _rows(layer: fx.Node, x: torch.Tensor) -> torch.Tensor:
    """Return what the weights of a layer are multiplied with, [groups, count, in]."""
    if kind(layer) != "conv":
        return x.reshape(1, -1, x.shape[-1])
    top, bottom, left, right = numbers(layer, 4)
    image = functional.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))
    kernel = shape(tensor(layer, 1))[1:3]
    stride, dilation = tuple(numbers(layer, 3)), tuple(numbers(layer, 5))
    patches = functional.unfold(image, kernel, dilation, 0, stride)
    # [batch, channels * height * width, positions] -> [groups, batch * positions, in]
    groups = patches.reshape(len(x), _groups(layer), -1, patches.shape[-1])
    return groups.permute(1, 0, 3, 2).flatten(1, 2)


class _Observer(fx.Interpreter):
    """An interpreter that adds up what some layers read."""

    def __init__(self, module: fx.GraphModule, layers: Sequence[fx.Node]) -> None:
        super().__init__(module)
        self.moments = {layer: Moments(_groups(layer), _width(layer)) for layer in layers}

    def run_node(self, n: fx.Node) -> Any:
        if n in self.moments:
            self.moments[n].add(_rows(n, self.env[tensor(n, 0)]))
        return super().run_node(n)
