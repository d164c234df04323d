import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn_converters.lint.mask import mask
from edgeattn_converters.lint.subject import Subject

AHEAD = torch.ones(6, 6).triu(1)
SHAPE = (1, 2, 6, 4)


def added(number):
    def attention(_, x):
        return (x @ x.transpose(-1, -2) + AHEAD * number).softmax(-1) @ x

    return attention


def filled(number):
    def attention(_, x):
        return (x @ x.transpose(-1, -2)).masked_fill(AHEAD > 0, number).softmax(-1) @ x

    return attention


def fused(mask):
    return lambda _, x: F.scaled_dot_product_attention(x, x, x, attn_mask=mask)


MINUS_INFINITY = torch.zeros(6, 6).masked_fill(AHEAD > 0, -math.inf)


@pytest.mark.parametrize("number", [-1e4, torch.finfo(torch.float32).min])
def test_a_mask_that_the_pass_clips_is_an_info(found, number):
    (finding,) = found(mask, added(number), SHAPE)
    assert finding.severity == "info"
    assert "clip_masks makes it -30" in finding.why
    assert finding.fixable


def test_a_clipped_mask_of_fused_attention_is_an_info(found):
    (finding,) = found(mask, fused(MINUS_INFINITY), SHAPE)
    assert finding.severity == "info"
    assert "-inf" in finding.why


def test_a_mask_of_an_input_times_a_constant_is_found(found):
    def padded(_, x, there):
        return (x @ x.transpose(-1, -2) + (1 - there) * -1e4).softmax(-1) @ x

    (finding,) = found(mask, padded, SHAPE, torch.ones(1, 1, 1, 6))
    assert "-10000" in finding.why


def test_a_mask_that_stays_is_a_warning_with_its_number(program):
    captured = program(filled(-1e9), SHAPE)
    (finding,) = mask(Subject(captured, captured, ()))  # as if no pass had run
    assert finding.severity == "warning"
    assert "-1e+09" in finding.why
    assert "float16 it overflows" in finding.why
    assert "-30" in finding.remedy


def test_a_mask_that_float16_can_hold_is_not_said_to_overflow(program):
    captured = program(filled(-1e4), SHAPE)
    (finding,) = mask(Subject(captured, captured, ()))
    assert "float16" not in finding.why


def test_an_infinite_mask_that_stays_is_an_error(program):
    captured = program(filled(-math.inf), SHAPE)
    (finding,) = mask(Subject(captured, captured, ()))
    assert finding.severity == "error"
    assert "not finite" in finding.why


@pytest.mark.parametrize(
    "good",
    [
        added(-30.0),
        added(1.0),
        fused(None),
        fused(AHEAD < 1),
        lambda _, x: F.scaled_dot_product_attention(x, x, x, is_causal=True),
    ],
    ids=["-30", "a bias", "no mask", "booleans", "causal"],
)
def test_masks_that_cost_no_range_are_left_alone(found, good):
    assert found(mask, good, SHAPE) == []


def test_a_large_number_behind_the_softmax_is_left_alone(found):
    assert found(mask, lambda _, x: x.softmax(-1) + AHEAD[:, :4] * -1e4, SHAPE) == []
