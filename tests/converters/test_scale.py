import pytest
import torch

from edgeattn_converters.scale import (
    LARGEST_BIAS,
    PROBABILITIES,
    Affine,
    affine,
    channel_scales,
    quantize_weights,
    round_bias,
    symmetric,
    with_room_for_bias,
)


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 3.0), (0.0, 6.0), (-4.0, -1.0), (2.0, 5.0), (-1e-9, 1e9)]
)
def test_affine_covers_the_range_and_holds_zero_exactly(low, high):
    found = affine(low, high)
    smallest, largest = (found.scale * (level - found.zero_point) for level in (-128, 127))
    # Rounding the zero-point shifts both ends by at most half a step.
    assert smallest <= min(low, 0) + found.scale / 2
    assert largest >= max(high, 0) - found.scale / 2


def test_affine_starts_at_the_lowest_level_behind_a_relu():
    assert affine(0.0, 5.1).zero_point == -128


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0])
def test_a_constant_activation_keeps_its_value_within_a_step(value):
    found = affine(value, value)
    level = max(-128, min(127, round(value / found.scale) + found.zero_point))
    assert abs(found.scale * (level - found.zero_point) - value) <= found.scale


def test_symmetric_has_zero_point_0_and_covers_the_larger_side():
    found = symmetric(-2.0, 0.5)
    assert found == Affine(found.scale, 0)
    assert found.scale * 127 == pytest.approx(2.0)


def test_scales_are_what_a_float32_holds():
    for found in (affine(-0.1, 0.7), symmetric(-0.1, 0.7)):
        assert found.scale == float(torch.tensor(found.scale, dtype=torch.float32))


def test_probabilities_span_zero_to_almost_one():
    assert PROBABILITIES.scale * (127 - PROBABILITIES.zero_point) == 255 / 256


@pytest.mark.parametrize(
    ("scale", "zero_point"), [(0.0, 0), (-1.0, 0), (float("nan"), 0), (1.0, 128), (1.0, -129)]
)
def test_an_affine_that_no_engine_takes_is_refused(scale, zero_point):
    with pytest.raises(ValueError, match=r"scale is|zero_point is"):
        Affine(scale, zero_point)


@pytest.mark.parametrize("levels", [127, 63])
def test_weights_use_every_level_and_no_more(levels):
    weights = torch.randn(8, 3, 3, 4, generator=torch.Generator().manual_seed(0))
    scales = channel_scales(weights, levels)
    integers = quantize_weights(weights, scales, levels)
    assert integers.flatten(1).abs().amax(1).tolist() == [levels] * 8
    steps = (integers * scales.reshape(8, 1, 1, 1) - weights) / scales.reshape(8, 1, 1, 1)
    assert steps.abs().max() <= 0.5 + 1e-5  # the nearest level


def test_a_dead_channel_keeps_its_bias():
    # A pruned channel adds its bias alone; a step of 1 would round 0.4 to a multiple of s_in.
    weights = torch.tensor([[0.5, -0.5], [0.0, 0.0]])
    bias = torch.tensor([0.1, 0.4])
    for constant in (weights, torch.zeros(2, 2)):
        scales = with_room_for_bias(channel_scales(constant, 127), bias, input_scale=1.0)
        assert round_bias(bias, scales, 1.0).tolist() == pytest.approx(bias.tolist(), abs=1e-2)
        assert round_bias(bias, scales, 1.0)[1].item() == pytest.approx(0.4, abs=1e-4)


def test_a_vanishing_channel_keeps_a_multiplier_that_engines_can_hold():
    scales = channel_scales(torch.tensor([[1.0], [1e-30]]), 127)
    assert scales[1] / scales[0] == 2**-16


def test_a_huge_bias_widens_the_step_until_int32_holds_it():
    scales, bias = torch.tensor([1e-6]), torch.tensor([1e6])
    wide = with_room_for_bias(scales, bias, input_scale=0.01)
    assert (bias / (wide * 0.01)).item() <= LARGEST_BIAS * 1.0001
    assert with_room_for_bias(scales, bias * 1e-9, 0.01).tolist() == scales.tolist()


def test_round_bias_gives_whole_accumulator_steps():
    bias = torch.randn(16, generator=torch.Generator().manual_seed(0))
    scales = torch.full((16,), 0.003)
    steps = round_bias(bias, scales, 0.02).double() / (scales.double() * 0.02)
    # float32 holds 24 bits: some 2^15 steps are whole to 2^-9.
    assert (steps - steps.round()).abs().max() < 2**-8
