"""Activations between int8 neighbours, as ONNX Runtime's integer operators."""

from collections import Counter

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.onnx.lower import lower
from edgeattn_converters.quantize import quantize
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.split_gates import split_hardswish, split_silu
from tests.converters.quantised import (
    HERE,
    INT8,
    answers,
    decibels,
    noise,
    program_of,
    simulated,
)


class Between(nn.Module):
    """An activation between two convolutions, as in an inverted residual."""

    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3), activation, nn.Conv2d(8, 4, 1))

    def forward(self, x):
        return self.layers(x)


NAMED = {
    nn.Hardswish: {"QLinearAdd": 1, "QLinearMul": 1, "QLinearConv": 2},
    nn.SiLU: {"QLinearSigmoid": 1, "QLinearMul": 1, "QLinearConv": 2},
}


@pytest.mark.parametrize("activation", NAMED, ids=lambda one: one.__name__)
def test_an_activation_between_convolutions_is_integer_and_as_close_as_promised(activation):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        program = channels_last(program_of(Between(activation()), torch.zeros(1, 3, 9, 9)))
        program = split_hardswish(split_silu(program))
    found = quantize(program, calibrate(program, noise(program)), INT8, HERE).program
    content = lower(found)
    counts = Counter(node.op_type for node in onnx.load_from_string(content).graph.node)
    assert {name: counts[name] for name in NAMED[activation]} == NAMED[activation]
    assert not counts.keys() & {"HardSwish", "HardSigmoid", "Sigmoid", "Mul"}
    samples = noise(program, 8, seed=1)
    exact, promised = simulated(program, samples), simulated(found, samples)
    engine = answers(content, found, samples)
    assert decibels(promised, engine) > decibels(exact, promised)
    assert decibels(exact, engine) > 25


def test_hardswish_saturates_where_it_should():
    class Wide(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(1, 1, 1, bias=False), nn.Conv2d(1, 1, 1, bias=False)
            nn.init.ones_(self.first.weight)
            nn.init.ones_(self.second.weight)

        def forward(self, x):
            return self.second(nn.functional.hardswish(self.first(x)))

    program = split_hardswish(channels_last(program_of(Wide(), torch.zeros(1, 1, 1, 17))))
    ramp = torch.linspace(-8, 8, 17).reshape(1, 1, 1, 17)
    found = quantize(program, calibrate(program, [(ramp,)]), INT8, HERE).program
    engine = answers(lower(found), found, [(ramp,)]).reshape(-1)
    want = nn.functional.hardswish(ramp).numpy().reshape(-1)
    # Three roundings of a range of 16, one of the gate: 3/2 steps of 16/255, and 8/255/2.
    np.testing.assert_allclose(engine, want, rtol=0, atol=1.5 * 16 / 255 + 4 / 255)
