from __future__ import annotations

import torch
from torch import nn

from edgeattn_converters.passes.channel_statistics import SAMPLES, Channels, observe_channels
from tests.converters.programs import normal
from tests.converters.rewriting import program_of


def test_a_linear_is_observed_on_its_last_axis() -> None:
    x = normal(2, 5, 4)
    linear = nn.Linear(4, 3)
    seen = observe_channels(program_of(linear, x), [(x,)])
    y = linear(x).detach().reshape(-1, 3)
    (found,) = seen.outputs.values()
    assert torch.equal(found.low, y.amin(0))
    assert torch.equal(found.high, y.amax(0))
    torch.testing.assert_close(found.power, (y**2).mean(0))
    (read,) = seen.inputs.values()
    assert torch.equal(read.high, x.reshape(-1, 4).amax(0))


def test_a_convolution_is_observed_on_its_channels() -> None:
    x = normal(1, 3, 6, 6)
    conv = nn.Conv2d(3, 5, 3)
    seen = observe_channels(program_of(conv, x), [(x,)])
    assert torch.equal(seen.inputs["conv2d"].low, x.amin((0, 2, 3)))
    assert torch.equal(seen.outputs["conv2d"].high, conv(x).detach().amax((0, 2, 3)))


def test_samples_are_joined() -> None:
    x = normal(3, 4)
    linear = nn.Linear(4, 2)
    program = program_of(linear, x)
    apart = observe_channels(program, [(x,), (x * 3,)]).inputs["linear"]
    together = torch.cat([x, x * 3])
    assert torch.equal(apart.low, together.amin(0))
    torch.testing.assert_close(apart.power, (together**2).mean(0))
    assert apart.count == 6


def test_samples_beyond_the_limit_are_not_run() -> None:
    x = normal(1, 4)
    asked = iter([(x,)] * (SAMPLES + 2))
    observe_channels(program_of(nn.Linear(4, 2), x), asked)
    assert len(list(asked)) == 2


def test_middle_and_largest_are_of_the_range() -> None:
    low, high = torch.tensor([-1.0, 2.0]), torch.tensor([3.0, 4.0])
    channels = Channels(low, high, low**2, 1)
    assert channels.middle.tolist() == [1, 3]
    assert channels.largest.tolist() == [3, 4]
