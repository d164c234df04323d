from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import nn

from edgeattn_converters.passes.channel_scaling import (
    balance,
    best_factor,
    column_sizes,
    rounding_noise,
    scale_columns,
    scale_rows,
)
from edgeattn_converters.passes.channel_statistics import Channels
from edgeattn_converters.program import Program
from tests.converters.programs import normal
from tests.converters.rewriting import program_of


@pytest.fixture(autouse=True)
def _same_weights() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def layer_of(module: nn.Module, x: torch.Tensor):
    """Return a Program of one layer that may be changed, and its node."""
    program = program_of(module, x)
    (node,) = (n for n in program.graph.nodes if n.op == "call_function")
    return program, node


def finished(program: Program) -> Program:
    program.graph_module.recompile()
    return program


# 1e-5 below: outputs are about 1, sums of up to 54 products that each round to 6e-8.
LAYERS = {
    "linear": (lambda: nn.Linear(6, 4), normal(2, 5, 6), (6,)),
    "convolution": (lambda: nn.Conv2d(6, 4, 3), normal(1, 6, 5, 5), (6, 1, 1)),
    "depthwise": (lambda: nn.Conv2d(6, 12, 3, groups=6), normal(1, 6, 5, 5), (6, 1, 1)),
    "groups": (lambda: nn.Conv2d(6, 4, 3, groups=2), normal(1, 6, 5, 5), (6, 1, 1)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_scaled_columns_make_up_for_a_divided_input(name: str) -> None:
    make, x, view = LAYERS[name]
    program, layer = layer_of(make(), x)
    expected = program(x)[0]
    factor = torch.arange(1.0, 7)
    scale_columns(program, layer, factor)
    found = finished(program)(x / factor.reshape(view))[0]
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_scaled_rows_scale_the_output(name: str) -> None:
    make, x, view = LAYERS[name]
    program, layer = layer_of(make(), x)
    y = program(x)[0]
    factor = torch.linspace(0.5, 2, y.shape[-len(view)])
    scale_rows(program, layer, factor)
    expected = y * factor.reshape(-1, *view[1:])
    torch.testing.assert_close(finished(program)(x)[0], expected, rtol=0, atol=1e-5)


def test_column_sizes_are_the_largest_weights_of_each_input_channel() -> None:
    conv = nn.Conv2d(4, 6, 3, groups=2)
    program, layer = layer_of(conv, normal(1, 4, 5, 5))
    weight = conv.weight.detach()  # [6, 2, 3, 3]: rows 0 to 2 read channels 0 and 1
    expected = torch.cat([weight[:3].abs().amax((0, 2, 3)), weight[3:].abs().amax((0, 2, 3))])
    assert torch.equal(column_sizes(program, layer), expected)


def test_balance_shares_what_is_wide_between_activation_and_weight() -> None:
    factor = balance(torch.tensor([8.0, 2.0]), torch.tensor([1.0, 1.0]), 0.5)
    torch.testing.assert_close(factor, torch.tensor([2.0, 1.0]) / 2**0.5)


def test_a_silent_channel_is_not_blown_up() -> None:
    """What calibration never saw may appear later, and must not overflow."""
    factor = balance(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0]), 1.0)
    assert float(factor[0] / factor[1]) == pytest.approx(20)


def quantised(x: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    return (x / step).round() * step


def test_the_predicted_noise_is_the_noise() -> None:
    x, weight = normal(4000, 16) * torch.logspace(-1, 1, 16), normal(8, 16)
    low, high = x.aminmax(dim=0)
    channels = Channels(low, high, x.square().mean(0), len(x))
    predicted = rounding_noise(weight[None, ..., None], channels, torch.ones(16)) / 12
    coarse_x = quantised(x, (high.max() - low.min()) / 255)
    coarse_weight = quantised(weight, weight.abs().amax(1, keepdim=True) / 127)
    found = (coarse_x @ coarse_weight.T - x @ weight.T).square().mean(0).sum()
    # 128 rounding errors of weights are few enough to be off by a third in their sum of squares.
    assert predicted == pytest.approx(float(found), rel=0.5)


def test_best_factor_takes_noise_away_from_skewed_channels() -> None:
    spread = torch.logspace(-1, 1, 6)
    linear = nn.Linear(6, 4)
    linear.weight.data = normal(4, 6) / spread
    program, layer = layer_of(linear, normal(2, 6))
    skewed = Channels(-spread, spread, spread**2 / 3, 100)
    factor = best_factor(program, skewed, [layer])
    assert factor is not None
    weight = linear.weight.detach()[None, ..., None]
    before, after = (rounding_noise(weight, skewed, f) for f in (torch.ones(6), factor))
    assert after < 0.5 * before


def test_best_factor_leaves_even_channels_alone() -> None:
    program, layer = layer_of(nn.Linear(6, 4), normal(2, 6))
    even = Channels(-torch.ones(6), torch.ones(6), torch.ones(6) / 3, 100)
    assert best_factor(program, even, [layer]) is None
