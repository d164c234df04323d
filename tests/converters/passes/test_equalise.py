from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.passes import apply_passes
from edgeattn_converters.passes.channel_statistics import ChannelStatistics, observe_channels
from edgeattn_converters.passes.equalise import equalise
from edgeattn_converters.program import Program
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

ROUNDING = 1e-5  # of the largest output: two products more for each number

IMAGE, TOKENS = normal(1, 3, 12, 12), normal(1, 5, 8)
SKEW = torch.logspace(-1, 1, 8)


@pytest.fixture(autouse=True)
def _same_weights() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def skew(first: nn.Module, second: nn.Module) -> None:
    """Give the channels between two layers ranges of a hundred to one that nobody needs."""
    first.weight.data *= SKEW.reshape(-1, *[1] * (first.weight.ndim - 1))
    first.bias.data *= SKEW
    depthwise = second.weight.shape[1] == 1
    lengths = (-1, 1) if depthwise else (1, -1)  # of a weight [out, in / groups, ...]
    second.weight.data /= SKEW.reshape(*lengths, *[1] * (second.weight.ndim - 2))


class Pair(nn.Module):
    """Two layers, skewed, with something between and behind them."""

    def __init__(self, first: nn.Module, second: nn.Module, between) -> None:
        super().__init__()
        self.first, self.second, self.between = first, second, between
        skew(first, second)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.between(self.first(x)))


def spread(program: Program, x: Tensor) -> float:
    """Return how many times wider the widest channel before the last layer is than the median."""
    *_, reads = observe_channels(program, [(x,)]).inputs.values()
    return float(reads.largest.max() / reads.largest.median())


def equalised(module: nn.Module, x: Tensor) -> tuple[float, float]:
    """Return the spread before and after; the numbers must stay."""
    program = apply_passes(program_of(module, x))
    statistics = observe_channels(program, [(x,)])
    rewrite = lambda program: equalise(program, statistics)  # noqa: E731 - named for its message
    rewrite.__name__ = "equalise"
    return spread(program, x), spread(rewrite_of(rewrite, program, x, relative=ROUNDING), x)


CONVOLUTIONS = {
    "relu": nn.ReLU(),
    "nothing": nn.Identity(),
    "pool": nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)),
    "average and zeros": nn.Sequential(nn.AvgPool2d(2), nn.ZeroPad2d(1)),
}


@pytest.mark.parametrize("between", CONVOLUTIONS)
@pytest.mark.parametrize("groups", [1, 8])
def test_equalise_keeps_the_numbers(between: str, groups: int) -> None:
    pair = Pair(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3, groups=groups), CONVOLUTIONS[between])
    before, after = equalised(pair, IMAGE)
    assert after < before / 2


def test_linears_around_a_relu_are_equalised() -> None:
    before, after = equalised(Pair(nn.Linear(8, 8), nn.Linear(8, 4), nn.ReLU()), TOKENS)
    assert after < before / 2


def test_a_head_behind_the_mean_of_an_image_is_looked_through() -> None:
    def between(y: Tensor) -> Tensor:
        return y.relu().mean((2, 3), keepdim=True).flatten(1)

    pair = Pair(nn.Conv2d(3, 8, 3), nn.Linear(8, 4), between)
    before, after = equalised(pair, IMAGE)
    assert after < before / 2


@pytest.mark.parametrize(
    "between",
    [
        nn.Hardswish(),
        nn.GELU(),
        nn.ReLU6(),
        nn.ConstantPad2d(1, 0.5),
        lambda y: y + y.flip(2),
        lambda y: y.transpose(1, 3),
        lambda y: y.mean((1,), True).expand_as(y),
    ],
    ids=["Hardswish", "GELU", "ReLU6", "a frame", "a shortcut", "moved channels", "mixed channels"],
)
def test_equalise_leaves_layers_alone_with_something_else_between(between) -> None:
    # 12 pixels and a kernel of 5 make 8 rows, so that channels and pixels can change places.
    pair = Pair(nn.Conv2d(3, 8, 5), nn.Conv2d(8, 8, 3), between)
    before, after = equalised(pair, IMAGE)
    assert after == before


def test_equalise_leaves_a_layer_alone_that_two_read() -> None:
    class Twice(Pair):
        def forward(self, x: Tensor) -> Tensor:
            y = self.first(x)
            return self.second(y) + y[:, :, 1:-1, 1:-1]

    before, after = equalised(Twice(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), None), IMAGE)
    assert after == before


def test_layers_that_were_never_observed_are_left_alone() -> None:
    program = program_of(Pair(nn.Linear(8, 8), nn.Linear(8, 4), nn.ReLU()), TOKENS)
    result = equalise(program, ChannelStatistics({}, {}))
    assert spread(result, TOKENS) == spread(program, TOKENS)
