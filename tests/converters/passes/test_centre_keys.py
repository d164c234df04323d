from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.passes import apply_passes
from edgeattn_converters.passes.centre_keys import centre_keys
from edgeattn_converters.passes.channel_statistics import ChannelStatistics, observe_channels
from edgeattn_converters.passes.channel_walk import parameters
from edgeattn_converters.program import Program
from tests.converters.programs import normal, rewritten
from tests.converters.rewriting import program_of, rewrite_of

ROUNDING = 2e-5
"""Of the largest output: keys lose a constant of 100, and float32 keeps 6e-8 of it."""

X = normal(1, 6, 8)


class Attention(nn.Module):
    """One head whose keys lie far from zero; `between` stands between scores and softmax."""

    def __init__(self, between=lambda scores: scores, keys=lambda keys: keys) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.q, self.k = nn.Linear(8, 8), nn.Linear(8, 8)
        self.between, self.keys = between, keys
        self.k.bias.data[3] = 100.0

    def forward(self, x: Tensor) -> Tensor:
        scores = self.q(x) @ self.keys(self.k(x)).transpose(-1, -2)
        return self.between(scores).softmax(-1) @ x


def key_bias(program: Program) -> Tensor:
    (keys,) = (node for node in program.graph.nodes if node.name == "k_linear")
    return parameters(program, keys)[1]


def centred(module: nn.Module, statistics: ChannelStatistics | None = None) -> Tensor:
    """Return the key bias that is left; the numbers must stay."""
    program = apply_passes(program_of(module, X))
    rewrite = lambda program: centre_keys(program, statistics)  # noqa: E731 - named by the caller
    return key_bias(rewrite_of(rewrite, program, X, relative=ROUNDING))


def test_centre_keys_keeps_the_numbers() -> None:
    assert not centred(Attention()).any()


def test_with_statistics_the_keys_lie_around_zero() -> None:
    program = apply_passes(program_of(Attention(), X))
    result = centre_keys(program, observe_channels(program, [(X,)]))
    keys = observe_channels(result, [(X,)]).outputs["k_linear"]
    # Exactly but for rounding: float32 keeps 6e-8 of the 100 that were subtracted.
    torch.testing.assert_close(keys.low, -keys.high, rtol=0, atol=1e-4)
    assert float(keys.largest.max()) < 10 < float(key_bias(program).max())


@pytest.mark.parametrize(
    "between",
    [
        lambda scores: scores / 4 + torch.tensor([[0.0, -1, 2, 0, 3, 1]]),
        lambda scores: scores * torch.arange(1.0, 7)[:, None] - scores.new_ones(6),
        lambda scores: (1 - scores).reshape(1, 1, 6, 6).squeeze(0),
    ],
    ids=["scale and mask", "a temperature for each query", "negated and viewed"],
)
def test_sums_and_factors_of_a_row_are_looked_through(between) -> None:
    assert not centred(Attention(between)).any()


@pytest.mark.parametrize(
    "module",
    [
        Attention(lambda scores: scores * torch.arange(1.0, 7)),
        Attention(lambda scores: scores.transpose(-1, -2)),
        Attention(lambda scores: scores.relu()),
        Attention(lambda scores: 1 / scores),
        Attention(keys=lambda keys: nn.functional.normalize(keys, dim=-1)),
        Attention(keys=lambda keys: keys + keys.roll(1, -1)),
        Attention(keys=lambda keys: keys.reshape(1, 8, 6).transpose(-1, -2)),
    ],
    ids=["a factor for each key", "softmax over queries", "rectified", "below a line",
         "normed keys", "rotated keys", "shuffled keys"],
)  # fmt: skip
def test_centre_keys_leaves_keys_alone_whose_constant_is_seen(module: nn.Module) -> None:
    assert float(centred(module).max()) == 100


def test_keys_that_lie_around_zero_already_are_left_alone() -> None:
    program = apply_passes(program_of(Attention(), X))
    once = centre_keys(program, observe_channels(program, [(X,)]))
    again = centre_keys(once, observe_channels(once, [(X,)]))
    assert torch.equal(key_bias(again), key_bias(once))


def test_a_key_projection_that_was_never_observed_is_left_alone() -> None:
    assert float(centred(Attention(), ChannelStatistics({}, {})).max()) == 100


def test_it_works_behind_split_projections() -> None:
    program = rewritten("vit")
    result = rewrite_of(centre_keys, program, normal(1, 3, 16, 16), relative=ROUNDING)
    (keys,) = (node for node in result.graph.nodes if node.name.endswith("linear_key"))
    assert not parameters(result, keys)[1].any()
