"""Bias correction: the mean error goes, weights and scales stay."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn_converters.bias_correction import correct_bias
from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.placement import tail
from edgeattn_converters.policies import LITERT_XNNPACK
from edgeattn_converters.program import Program, constant
from edgeattn_converters.quantize import quantize
from edgeattn_converters.recipe import Recipe
from edgeattn_runtime.accuracy import sqnr_db
from tests.converters.quantised import HERE, answers, decibels, lower, program_of, simulated

BRIGHT = 0.8  # photos are bright: their mean is far from zero
SAMPLES = 24


class Bright(nn.Module):
    """A convolution of bright images that takes their mean out again, as a folded norm does."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.head = nn.Linear(8, 5)
        with torch.no_grad():
            self.stem.bias -= self.stem.weight.sum((1, 2, 3)) * BRIGHT

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.stem(x).flatten(2).transpose(1, 2))


def photos(count: int, seed: int) -> list[tuple[torch.Tensor, ...]]:
    generator = torch.Generator().manual_seed(seed)
    return [(BRIGHT + 0.02 * torch.randn(1, 3, 16, 16, generator=generator),) for _ in range(count)]


def both(policy=LITERT_XNNPACK) -> tuple[Program, Program, Program]:
    """Return the float Program, the quantised one, and that one corrected."""
    program = program_of(Bright(), photos(1, 0)[0][0])
    ranges = calibrate(program, photos(SAMPLES, 1))
    for form in policy.int8_form:
        program = form(program)
    plain = quantize(program, ranges, Recipe(name="int8", core="float"), policy).program
    return program, plain, correct_bias(program, plain, photos(SAMPLES, 1))


def mean_errors(exact: Program, found: Program) -> torch.Tensor:
    samples = photos(SAMPLES, 1)
    truth = torch.from_numpy(simulated(exact, samples))
    return (torch.from_numpy(simulated(found, samples)) - truth).mean((0, 1))


def test_the_mean_error_falls_below_a_step_of_the_result() -> None:
    exact, plain, corrected = both()
    last = next(n for n in reversed(list(corrected.graph.nodes)) if kind(n) == "linear")
    (integer,) = tail(last).users
    step = integer.args[1]
    assert mean_errors(exact, corrected).abs().max() <= step / 4
    assert mean_errors(exact, plain).abs().max() > 2 * mean_errors(exact, corrected).abs().max()


def test_other_photos_gain_too() -> None:
    exact, plain, corrected = both()
    unseen = photos(SAMPLES, 2)
    truth = simulated(exact, unseen)
    before = sqnr_db(truth, simulated(plain, unseen))
    assert sqnr_db(truth, simulated(corrected, unseen)) > before


def test_weights_scales_and_the_input_stay_as_they_were() -> None:
    _, plain, corrected = both()
    text = str(plain.graph)
    kept = {
        name: value
        for name, value in plain.graph_module.named_buffers()
        if not name.endswith("bias_rounded")
    }
    for name, value in kept.items():
        assert torch.equal(dict(corrected.graph_module.named_buffers())[name], value)
    assert str(plain.graph) == text


def test_a_corrected_bias_is_still_whole_steps_of_its_accumulator() -> None:
    _, _, corrected = both()
    for node in corrected.graph.nodes:
        if kind(node) in ("conv", "linear"):
            scales = constant(corrected, node.args[1].args[1]).double()
            step = scales * node.args[0].args[0].args[1]
            steps = constant(corrected, node.args[2]).double() / step
            assert (steps - steps.round()).abs().max() < 1e-2


@pytest.mark.parametrize("policy", [LITERT_XNNPACK, HERE], ids=lambda policy: policy.format)
def test_the_engine_computes_the_corrected_simulation(policy) -> None:
    exact, _, corrected = both(policy)
    samples = photos(8, 3)
    found = answers(lower(corrected, policy), corrected, samples)
    promised = simulated(corrected, samples)
    assert decibels(promised, found) >= decibels(simulated(exact, samples), promised)
