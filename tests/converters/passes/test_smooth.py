from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from edgeattn_converters.arguments import arguments
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.passes.channel_statistics import ChannelStatistics, observe_channels
from edgeattn_converters.passes.channel_walk import parameters
from edgeattn_converters.passes.smooth import smooth
from edgeattn_converters.program import Program
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

ROUNDING = 1e-5  # of the largest output: two products more for each number

X = normal(1, 6, 8)
SKEW = torch.logspace(-1.5, 1.5, 8)


@pytest.fixture(autouse=True)
def _same_weights() -> Iterator[None]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def smoothed(module: nn.Module, x: Tensor = X) -> tuple[Program, Program]:
    """Return the Program before and after; the numbers must stay."""
    program = apply_passes(program_of(module, x))
    statistics = observe_channels(program, [(x,)])
    rewrite = lambda program: smooth(program, statistics)  # noqa: E731 - named for its message
    rewrite.__name__ = "smooth"
    return program, rewrite_of(rewrite, program, x, relative=ROUNDING)


class Normed(nn.Module):
    """A norm in front of Linears whose weights favour some channels."""

    def __init__(self, read, norm: nn.Module | None = None) -> None:
        super().__init__()
        self.norm = norm or nn.LayerNorm(8, elementwise_affine=False)
        self.first, self.second = nn.Linear(8, 6), nn.Linear(8, 6)
        for linear in (self.first, self.second):
            linear.weight.data /= SKEW
        self.read = read

    def forward(self, x: Tensor) -> Tensor:
        return self.read(self, self.norm(x * SKEW))


def norm_weight(program: Program) -> object:
    (norm,) = program.graph.find_nodes(op="call_function", target=torch.ops.aten.layer_norm.default)
    return arguments(norm)["weight"]


def test_smooth_keeps_the_numbers_behind_a_norm() -> None:
    program, result = smoothed(Normed(lambda m, n: m.first(n) * m.second(n)))
    assert norm_weight(program) is None
    assert norm_weight(result) is not None


@pytest.mark.parametrize(
    "module",
    [
        Normed(lambda m, n: m.first(n) + n[..., :6]),
        Normed(lambda m, n: m.first(n), nn.LayerNorm([6, 8], elementwise_affine=False)),
        Normed(lambda m, n: m.first(n.relu())),
    ],
    ids=["a shortcut reads it", "a norm of all tokens", "a ReLU between"],
)
def test_smooth_leaves_norms_alone_that_others_read(module: nn.Module) -> None:
    _, result = smoothed(module)
    assert norm_weight(result) is None


class Attention(nn.Module):
    """Attention whose values have channels of very different range; `between` reads its result."""

    def __init__(self, between=lambda y: y, heads: int = 2) -> None:
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(8, 8) for _ in range(4))
        self.v.weight.data *= SKEW[:, None]
        self.out.weight.data /= SKEW
        self.between, self.heads = between, heads

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for part in (self.q, self.k, self.v)
        )
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.out(self.between(mixed.transpose(1, 2).flatten(2)))


def value_spread(program: Program) -> float:
    (values,) = (node for node in program.graph.nodes if node.name == "v_linear")
    rows = parameters(program, values)[0].abs().amax(1)
    return float(rows.max() / rows.min())


def test_smooth_keeps_the_numbers_of_attention() -> None:
    for heads in (1, 2):
        program, result = smoothed(Attention(heads=heads))
        assert value_spread(result) < value_spread(program) / 4


@pytest.mark.parametrize(
    "between",
    [
        lambda y: y.sigmoid(),
        lambda y: y.reshape(1, 8, 6).transpose(1, 2),
        lambda y: y.unflatten(-1, (2, 4)).transpose(2, 3).flatten(2),
    ],
    ids=["an activation", "shuffled tokens", "shuffled heads"],
)
def test_smooth_leaves_values_alone_that_arrive_otherwise(between) -> None:
    program, result = smoothed(Attention(between))
    assert value_spread(result) == value_spread(program)


def test_layers_that_were_never_observed_are_left_alone() -> None:
    program = apply_passes(program_of(Attention(), X))
    assert value_spread(smooth(program, ChannelStatistics({}, {}))) == value_spread(program)
