"""Scale arithmetic: what one integer step is worth.

real = scale * (integer - zero_point). Activations are int8 in [-128, 127], affine per tensor or
symmetric; weights are int8 in [-levels, levels], symmetric per channel.

Source: LiteRT 8-bit quantization specification; Jacob et al. 2018, arXiv:1712.05877.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

LARGEST_LEVEL = 127  # -128 stays unused: the range is symmetric around zero
LARGEST_BIAS = 2**30  # half of int32, so that bias plus sum of products cannot overflow
SMALLEST_RANGE = 1e-6  # a constant activation still needs a scale that is not zero
LARGEST_MULTIPLIER = 128  # XNNPACK refuses s_in * s_w / s_out from 256 on
SMALLEST_STEP = 2.0**-16  # of the layer's largest step, or of 1 where all weights are zero


@dataclass(frozen=True)
class Affine:
    """The quantisation of one activation tensor, int8."""

    scale: float
    zero_point: int

    def __post_init__(self) -> None:
        """Refuse what no engine accepts."""
        if not self.scale > 0:
            raise ValueError(f"scale is {self.scale}; it must be positive")
        if not -128 <= self.zero_point <= 127:
            raise ValueError(f"zero_point is {self.zero_point}; int8 holds -128 to 127")


FOUR_BIT_LEVELS = 7
"""Weights of 4 bits span [-7, 7]."""

PROBABILITIES = Affine(1 / 256, -128)
"""The one quantisation that int8 SOFTMAX and LOGISTIC kernels write: [0, 255/256]."""


def affine(low: float, high: float, smallest_step: float = 0.0) -> Affine:
    """Return the quantisation that covers [low, high] and represents 0 exactly.

    >>> affine(0.0, 255.0)
    Affine(scale=1.0, zero_point=-128)
    """
    low, high = min(low, 0.0), max(high, 0.0)
    scale = max(max(high - low, SMALLEST_RANGE) / 255, smallest_step)
    return Affine(_float32(scale), round(max(-128.0, min(127.0, -128 - low / scale))))


def symmetric(low: float, high: float, smallest_step: float = 0.0) -> Affine:
    """Return the quantisation with zero-point 0 that covers [low, high].

    >>> symmetric(-127.0, 5.0)
    Affine(scale=1.0, zero_point=0)
    """
    scale = max(max(-low, high, SMALLEST_RANGE) / LARGEST_LEVEL, smallest_step)
    return Affine(_float32(scale), 0)


def channel_scales(weights: torch.Tensor, levels: int) -> torch.Tensor:
    """Return the real value of one integer step, per output channel.

    scale[c] = max|weights[c]| / levels, but at least 2^-16 of the layer's largest scale

    Args:
        weights: float32 [out, ...].
        levels: 127, or 63 where the engine's int16 sums of u8 x s8 pairs would saturate.

    Returns:
        float32 [out].

    The floor keeps a dead channel's step within what engines' fixed-point multipliers can hold,
    and fine enough for its bias, which is all that such a channel adds.

    >>> channel_scales(torch.tensor([[1.27, -0.5], [0.0, 0.0]]), levels=127)
    tensor([1.0000e-02, 1.5259e-07])
    """
    # LiteRT weights span [-127, 127]. Dividing by 127.5, as torchao does, shifts every scale.
    scales = weights.flatten(1).abs().amax(1) / levels
    largest = float(scales.max()) or 1.0
    return scales.clamp(min=largest * SMALLEST_STEP)


def with_room_for_bias(
    scales: torch.Tensor, bias: torch.Tensor, input_scale: float
) -> torch.Tensor:
    """Widen weight scales whose bias, in steps of input_scale * scale, would not fit int32."""
    return torch.maximum(scales, bias.abs() / (input_scale * LARGEST_BIAS))


def quantize_weights(weights: torch.Tensor, scales: torch.Tensor, levels: int) -> torch.Tensor:
    """Return int8 [out, ...]: the nearest integers, clipped to +-levels."""
    steps = weights / scales.reshape(-1, *[1] * (weights.ndim - 1))
    return steps.round().clamp(-levels, levels).to(torch.int8)


def round_bias(bias: torch.Tensor, scales: torch.Tensor, input_scale: float) -> torch.Tensor:
    """Return the bias [out] rounded to whole steps of the accumulator, in real numbers."""
    step = scales.double() * input_scale
    return ((bias.double() / step).round() * step).float()


def _float32(value: float) -> float:
    """Round to what the file stores, so that the simulation uses the same scale."""
    return float(torch.tensor(value, dtype=torch.float32))
