"""Move a factor per channel from one layer into the next: f(x W) V -> f(x (W / s)) (s V).

What lies between the layers must let positive factors through: views, a ReLU, a sum weighted by
attention. The numbers of the channel in between shrink by s, those of the next weight grow by it.

    s[c] = max|x[c]| ** strength / max|V[c]| ** (1 - strength)

Strength 1 gives every channel of the activation the same range, 0 every column of the weight.
Source: Xiao et al. 2023, SmoothQuant, arXiv:2211.10438, equation 4. There the strength is a number
for the whole model, tuned by hand; here each layer takes the one with the least noise predicted,
and stays as it is where none is clearly better. Only ratios between channels count, so s has the
geometric mean 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.passes.channel_statistics import Channels
from edgeattn_converters.passes.channel_walk import parameters, with_parameters
from edgeattn_converters.program import Program, add_constant

STRENGTHS = (0.25, 0.5, 0.75)  # 1 leaves a channel no headroom above what calibration saw

WORTH = 0.8
"""Share of the noise that may remain for a factor to pay: 1 dB less at the layer's output."""

LEAST = 0.05
"""A channel counts as this share of the largest one at least.

Narrow channels are often those that calibration hardly saw; filled to the brim, they would overflow
on the next sample.
"""


def best_factor(
    program: Program, reads: Channels, readers: Sequence[fx.Node]
) -> torch.Tensor | None:
    """Return s [channels] for what `readers` read, or None where it is fine as it is."""
    columns = torch.stack([column_sizes(program, reader) for reader in readers]).amax(0)
    factors = [balance(reads.largest, columns, strength) for strength in STRENGTHS]

    weights = [_by_group(parameters(program, reader)[0], _groups(reader)) for reader in readers]

    def noise(factor: torch.Tensor) -> float:
        return sum(rounding_noise(weight, reads, factor) for weight in weights)

    best = min(factors, key=noise)
    return best if noise(best) < WORTH * noise(torch.ones_like(best)) else None


def balance(wide: torch.Tensor, heavy: torch.Tensor, strength: float) -> torch.Tensor:
    """Return s [channels] for activations of these magnitudes and columns of these weights."""
    wide, heavy = (size.clamp(min=LEAST * float(size.max())).log() for size in (wide, heavy))
    ratio = strength * wide - (1 - strength) * heavy
    return (ratio - ratio.mean()).exp()


def rounding_noise(weight: torch.Tensor, reads: Channels, factor: torch.Tensor) -> float:
    """Return the power of what rounding adds to all outputs of a layer, in twelfths.

    Args:
        weight: [groups, out / groups, in / groups, kernel].
        reads: What the layer reads, before the factor.
        factor: s [in].

    A rounded number is off by a uniform error of one step's square / 12. The activation has one
    step, errors times weights; each row of the weight has one, errors times activations.
    """
    scaled = weight * factor.reshape(len(weight), 1, weight.shape[2], 1)
    low, high = (reads.low / factor).min().clamp(max=0), (reads.high / factor).max().clamp(min=0)
    activation = ((high - low) / 255).square() * scaled.square().sum()
    power = (reads.power / factor.square()).reshape(len(weight), -1).sum(1)  # [groups]
    rows = (scaled.abs().amax((2, 3)) / 127).square().sum(1)  # [groups]
    return float(activation + weight.shape[3] * (rows * power).sum())


def column_sizes(program: Program, reader: fx.Node) -> torch.Tensor:
    """Return the largest magnitude among the weights of each input channel [in]."""
    weight = _by_group(parameters(program, reader)[0], _groups(reader))
    return weight.abs().amax((1, 3)).flatten()


def scale_columns(program: Program, reader: fx.Node, factor: torch.Tensor) -> None:
    """Multiply the weights of each input channel by its factor [in], in place."""
    weight, bias = parameters(program, reader)
    grouped = _by_group(weight, _groups(reader))
    scaled = grouped * factor.reshape(len(grouped), 1, grouped.shape[2], 1)
    _replace(program, reader, scaled.reshape(weight.shape), bias)


def scale_rows(program: Program, projection: fx.Node, factor: torch.Tensor) -> None:
    """Multiply weights and bias of each output channel by its factor [out], in place."""
    weight, bias = parameters(program, projection)
    rows = factor.reshape(-1, *[1] * (weight.ndim - 1))
    _replace(program, projection, weight * rows, bias * factor)


def _groups(layer: fx.Node) -> int:
    return int(arguments(layer).get("groups", 1))


def _by_group(weight: torch.Tensor, groups: int) -> torch.Tensor:
    """Return a weight [out, in / groups, ...] as [groups, out / groups, in / groups, kernel]."""
    return weight.reshape(groups, len(weight) // groups, weight.shape[1], -1)


def _replace(program: Program, layer: fx.Node, weight: torch.Tensor, bias: torch.Tensor) -> None:
    with program.graph.inserting_before(layer):
        with_parameters(
            layer,
            add_constant(program, f"{layer.name}_weight", weight),
            add_constant(program, f"{layer.name}_bias", bias),
        )
