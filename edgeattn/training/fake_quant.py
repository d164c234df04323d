"""Fake quantisation: round as integers would, and let gradients pass.

Forward is quantize and dequantize, the very operators of the quantised Program, so that training
sees every rounding that a device will make, bit for bit. Backward, rounding counts as the identity
where a value lies inside the range and as a constant outside it (straight-through estimator, Bengio
et al. 2013, arXiv:1308.3432). The ends of a range are trained as well: their gradient is that of
the step (Esser et al. 2020, "LSQ", arXiv:1902.08153), taken in the logarithm of each end (Jain et
al. 2020, "TQT", arXiv:1903.08066), so that no learning rate can turn one around.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx

from edgeattn_converters.operators import E
from edgeattn_converters.quantize import (
    DEQUANTIZE,
    DEQUANTIZE_CHANNELS,
    FIXED,
    QUANTIZE,
    fitted,
)
from edgeattn_converters.range_methods import Bounds
from edgeattn_converters.scale import (
    FOUR_BIT_LEVELS,
    LARGEST_LEVEL,
    LARGEST_MULTIPLIER,
    Affine,
    channel_scales,
    quantize_weights,
    round_bias,
    with_room_for_bias,
)

PACE = 30.0
"""How many times faster the logarithm of a range's end moves than a weight of the same gradient.

AdamW moves a parameter by about its rate, 1e-4 late in training; 0.3 % of a range is as much."""

STEPS = 255  # between the ends of an int8 range
ZEROS = torch.int64  # what dequantize_per_channel wants its zero-points in


class LearnedRange(nn.Module):
    """The two ends of an activation's range: start * exp(PACE * stretch).

    An end of 0, as behind a ReLU, stays 0.
    """

    start: Tensor

    def __init__(self, bounds: Bounds) -> None:
        """Begin with what calibration saw."""
        super().__init__()
        self.register_buffer("start", torch.tensor(bounds))
        self.stretch = nn.Parameter(torch.zeros(2))

    def ends(self) -> Tensor:
        """Return [low, high]."""
        return self.start * (PACE * self.stretch).exp()

    def bounds(self) -> Bounds:
        """Return the ends as numbers."""
        low, high = self.ends().detach().tolist()
        return low, high


class FakeActivation(nn.Module):
    """Round an activation to int8, as a quantize and a dequantize node do.

    One for each value that is quantised; its views share it. It reads modules that belong to
    others, which are kept in tuples: they are not its own.
    """

    def __init__(
        self, what: str, learned: LearnedRange, *, centred: bool, symmetric: bool = False
    ) -> None:
        """Take the kind of operator that makes the value, and its range.

        Args:
            what: Kind, as in operator_kind.
            learned: Its range.
            centred: The zero-point is 0.
            symmetric: So it is for every value of the policy, even those of a fixed scale.
        """
        super().__init__()
        self.what, self.centred = what, centred
        self.fixed = None if symmetric else FIXED.get(what)
        self.learned = (learned,)
        self.factors: tuple[FakeActivation, ...] = ()  # of the product that this is
        self.smallest_step = 0.0

    @property
    def is_learned(self) -> bool:
        """Whether its range is trained: a softmax has room above what was seen, which stays."""
        return self.fixed is None and self.what != "softmax"

    def affine(self) -> Affine:
        """Return the scale and zero-point of this moment."""
        if self.fixed is not None:
            return self.fixed
        if self.factors:
            left, right = (each.affine().scale for each in self.factors)
            self.smallest_step = left * right / LARGEST_MULTIPLIER
        return fitted(
            self.what, self.learned[0].bounds(), centred=self.centred,
            smallest_step=self.smallest_step,
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Return `x` rounded."""
        levels = self.affine()
        ends = self.learned[0].ends()
        if not self.is_learned:
            ends = ends.detach()
        rounded: Tensor = _Activation.apply(x, ends, levels.scale, levels.zero_point, self.centred)  # type: ignore[no-untyped-call]
        return rounded


class FakeParameters(nn.Module):
    """Round a layer's weight per channel, and its bias to steps of the accumulator."""

    def __init__(self, levels: int, activation: FakeActivation | None) -> None:
        """Take the largest integer of a weight, and what the layer reads.

        Args:
            levels: 127, 63 or 7.
            activation: None where it is rounded as the model runs: the bias is float then.
        """
        super().__init__()
        self.levels = levels
        self.activation = (activation,)
        self.result: tuple[FakeActivation, ...] = ()  # what the layer makes, where that is int8

    def forward(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Return both rounded, [out, ...] and [out]."""
        scales = channel_scales(weight.detach(), self.levels)
        reads = None if self.activation[0] is None else self.activation[0].affine().scale
        if reads is not None:
            scales = with_room_for_bias(scales, bias.detach(), reads)
            bias = _straight_through(bias, round_bias(bias.detach(), scales, reads))
            for result in self.result:
                result.smallest_step = reads * float(scales.max()) / LARGEST_MULTIPLIER
        limit = FOUR_BIT_LEVELS if self.levels == FOUR_BIT_LEVELS else LARGEST_LEVEL
        integers = quantize_weights(weight.detach(), scales, self.levels)
        zeros = torch.zeros(len(scales), dtype=ZEROS)
        real = DEQUANTIZE_CHANNELS(integers, scales, zeros, 0, -limit, limit, torch.int8)
        return _straight_through(weight, real), bias


def fake_dynamic(x: Tensor, per_row: bool) -> Tensor:
    """Round an activation by the range it has now; nothing is clipped, so gradients pass whole."""
    return _straight_through(x, E.dynamic_int8(x.detach(), per_row))


def _straight_through(x: Tensor, rounded: Tensor) -> Tensor:
    """Return `rounded` with the gradient of `x`."""
    passed: Tensor = _Identity.apply(x, rounded)  # type: ignore[no-untyped-call]
    return passed


class _Identity(torch.autograd.Function):
    """x + (rounded - x) would give other last bits than `rounded`."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, rounded: Tensor) -> Tensor:
        return rounded.clone()

    @staticmethod
    def backward(ctx: FunctionCtx, *gradients: Tensor) -> tuple[Tensor, None]:
        return gradients[0], None


class _Activation(torch.autograd.Function):
    """Quantize, dequantize; the gradients of the value and of both ends of its range."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, ends: Tensor, scale: float, zero_point: int, centred: bool
    ) -> Tensor:
        levels = (scale, zero_point, -128, 127, torch.int8)
        rounded: Tensor = DEQUANTIZE(QUANTIZE(x, *levels), *levels)
        ctx.save_for_backward(x, rounded, ends)
        ctx.levels = scale, zero_point, centred
        return rounded

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        x, rounded, ends = ctx.saved_tensors
        scale, zero_point, centred = ctx.levels
        below = x < (-128.5 - zero_point) * scale
        above = x > (127.5 - zero_point) * scale
        inside = ~(below | above)
        passed = gradient * inside
        if not ctx.needs_input_grad[1]:
            return passed, None, None, None, None
        step = (passed * (rounded - x)).sum() / scale  # d rounded / d scale = round(x/s) - x/s
        low, high = (gradient * below).sum(), (gradient * above).sum()
        if centred:
            larger = high - low + step / LARGEST_LEVEL  # d / d max(-low, high)
            first = bool(-ends[0] > ends[1])
            low, high = (-larger, 0 * larger) if first else (0 * larger, larger)
        else:
            low, high = low - step / STEPS, high + step / STEPS
        room = (x.numel() * LARGEST_LEVEL) ** -0.5  # LSQ's, so that ranges do not drown weights
        return passed, torch.stack([low, high]) * room, None, None, None
