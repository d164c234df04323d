from __future__ import annotations

import pytest
import torch
from torch import Tensor

from edgeattn.training.fake_quant import (
    FakeActivation,
    FakeParameters,
    LearnedRange,
    fake_dynamic,
)
from edgeattn_converters.operators import E
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE
from edgeattn_converters.scale import LARGEST_BIAS, LARGEST_MULTIPLIER, affine, symmetric


def noise(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def fake(low: float, high: float, *, what: str = "conv", centred: bool = False) -> FakeActivation:
    return FakeActivation(what, LearnedRange((low, high)), centred=centred)


@pytest.mark.parametrize("centred", [False, True])
def test_an_activation_is_rounded_as_by_quantize_and_dequantize(centred: bool) -> None:
    x = 3 * noise(64)
    levels = (symmetric if centred else affine)(-1.7, 2.9)
    how = (levels.scale, levels.zero_point, -128, 127, torch.int8)
    rounded = fake(-1.7, 2.9, centred=centred)(x)
    assert torch.equal(rounded, DEQUANTIZE(QUANTIZE(x, *how), *how))


def test_gradients_pass_inside_the_range_and_stop_outside() -> None:
    x = torch.tensor([-5.0, -0.9, 0.3, 1.9, 5.0], requires_grad=True)
    fake(-1.0, 2.0)(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("centred", [False, True])
def test_the_ends_of_a_range_have_the_gradient_of_what_they_do(centred: bool) -> None:
    """Against a difference: rounding held still, as the estimator assumes."""
    x, low, high = noise(512), -0.8, 1.1
    activation = fake(low, high, centred=centred)
    activation(x).sum().backward()
    gradient = activation.learned[0].stretch.grad
    assert gradient is not None

    def held(low: float, high: float) -> float:
        fit = symmetric if centred else affine
        now, then = fit(-0.8, 1.1), fit(low, high)
        integers = (x / now.scale).round() + now.zero_point
        inside = (integers >= -128) & (integers <= 127)
        if centred:
            largest = max(-low, high)
            clipped = torch.where(x > 0, largest, -largest)
        else:
            clipped = torch.where(x > 0, high, low)
        step = (then.scale - now.scale) * ((x / now.scale).round() - x / now.scale)
        return float((inside * step + ~inside * clipped).sum(dtype=torch.float64))

    step = 1e-3
    by_low = (held(low + step, high) - held(low - step, high)) / (2 * step)
    by_high = (held(low, high + step) - held(low, high - step)) / (2 * step)
    # d end / d stretch = 30 end, and LSQ divides by sqrt(numbers * 127)
    wanted = torch.tensor([low * by_low, high * by_high]) * 30 / (512 * 127) ** 0.5
    # A step of float32 scales is 1e-3 of the difference; sums of 512 float32 err by 1e-4.
    torch.testing.assert_close(gradient, wanted, rtol=1e-2, atol=1e-3)


def test_an_end_at_zero_stays_there() -> None:
    learned = LearnedRange((0.0, 3.0))
    with torch.no_grad():
        learned.stretch.add_(0.01)
    low, high = learned.bounds()
    assert low == 0
    assert high == pytest.approx(3 * 2.718281828**0.3, rel=1e-6)  # one float32


def test_an_untrained_range_is_what_calibration_saw() -> None:
    assert LearnedRange((-0.1, 0.7)).bounds() == (
        float(torch.tensor(-0.1)),
        float(torch.tensor(0.7)),
    )


@pytest.mark.parametrize("what", ["softmax", "sigmoid", "tanh"])
def test_a_range_that_engines_fix_is_not_trained(what: str) -> None:
    activation = fake(0.0, 0.4, what=what)
    assert not activation.is_learned
    x = torch.tensor([0.1, 0.3], requires_grad=True)
    activation(x).sum().backward()
    assert activation.learned[0].stretch.grad is None
    assert x.grad is not None
    assert x.grad.tolist() == [1, 1]


def test_a_product_that_hardly_moves_keeps_a_step_that_engines_take() -> None:
    activation = fake(0.0, 1e-5, what="matmul")
    activation.factors = fake(-1.0, 1.0), fake(-2.0, 2.0)
    left, right = (each.affine().scale for each in activation.factors)
    assert activation.affine().scale == float(torch.tensor(left * right / LARGEST_MULTIPLIER))


def test_parameters_are_rounded_and_their_gradients_pass() -> None:
    weight = noise(4, 3).requires_grad_()
    bias = noise(4).requires_grad_()
    activation = fake(-1.0, 1.0)
    rounded, whole = FakeParameters(127, activation)(weight, bias)
    scales = weight.detach().abs().amax(1) / 127
    # half a step, and one float32 of the largest weight
    assert bool(((rounded - weight).abs() <= scales[:, None] * 0.5001).all())
    step = scales * activation.affine().scale
    assert torch.allclose(whole / step, (whole / step).round(), atol=1e-3, rtol=0)  # in steps
    (rounded.sum() + whole.sum()).backward()
    for parameter in (weight, bias):
        assert parameter.grad is not None
        assert bool((parameter.grad == 1).all())


def test_four_bits_have_fifteen_levels() -> None:
    weight, bias = torch.linspace(-1, 1, 200)[None], noise(1)
    rounded, same = FakeParameters(7, None)(weight, bias)
    assert len(rounded.unique()) == 15
    assert torch.equal(same, bias)  # dynamic layers keep theirs in float


def test_a_large_bias_widens_the_steps_of_its_weight() -> None:
    activation = fake(-1e-4, 1e-4)
    weight, bias = torch.full((1, 2), 1e-4), torch.tensor([3000.0])
    rounded, _ = FakeParameters(127, activation)(weight, bias)
    smallest = 3000 / (activation.affine().scale * LARGEST_BIAS)
    assert smallest > 1e-4 / 127
    steps = rounded / smallest
    assert torch.allclose(steps, steps.round(), atol=1e-4, rtol=0)  # in steps


@pytest.mark.parametrize("per_row", [False, True])
def test_what_is_rounded_as_it_runs_passes_all_gradients(per_row: bool) -> None:
    x = noise(3, 8).requires_grad_()
    rounded = fake_dynamic(x, per_row)
    assert torch.equal(rounded, E.dynamic_int8(x.detach(), per_row))
    rounded.sum().backward()
    assert x.grad is not None
    assert bool((x.grad == 1).all())


def test_a_range_is_learned() -> None:
    """An end far out wastes the levels; it comes in, and the error falls to less than half."""
    x, activation = noise(256), fake(-40.0, 40.0)
    optimizer = torch.optim.AdamW(activation.learned[0].parameters(), lr=3e-3)

    def error() -> Tensor:
        loss: Tensor = (activation(x) - x).square().mean()
        return loss

    before = error().item()
    for _ in range(40):
        optimizer.zero_grad()
        error().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    low, high = activation.learned[0].bounds()
    assert max(-low, high) < 20
    assert error().item() < before / 2
