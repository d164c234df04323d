"""Layers on LiteRT as EdgeAttn itself writes them: captured, calibrated, quantised, lowered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from edgeattn.models.hybrid import InvertedResidual
from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import drafts
from edgeattn_converters.one_thread import one_thread
from edgeattn_converters.passes import PASSES
from edgeattn_converters.policies.litert import LITERT_XNNPACK
from edgeattn_converters.policy import Policy
from edgeattn_converters.program import Program
from edgeattn_converters.recipe import FLOAT, RECIPES, Recipe


class Attention(nn.Module):
    """Project, mix, project: the core between int8 neighbours, [1, tokens, width]."""

    def __init__(self, width: int, heads: int) -> None:
        """Make the projections."""
        super().__init__()
        self.heads = heads
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Mix the tokens."""
        parts = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        result: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return result


class NormedSum(nn.Module):
    """Four times x + linear(norm(x)): a LayerNorm before each Linear."""

    def __init__(self, width: int) -> None:
        """Make the layers."""
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width)) for _ in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        """[1, tokens, width], the same shape."""
        for layer in self.layers:
            x = x + layer(x)
        return x


def norms(width: int, *, affine: bool) -> nn.Module:
    """Return four LayerNorms in a row, with or without scale and shift."""
    return nn.Sequential(*(nn.LayerNorm(width, elementwise_affine=affine) for _ in range(4)))


def linears(width: int) -> nn.Module:
    """Return a Linear that widens four times and one that narrows again, ReLU between."""
    return nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))


def linear_forms(tokens: int, width: int) -> dict[str, bytes]:
    """Return the same in fp32, static, dynamic, and dynamic with weights of 4 bits."""
    make, shape = partial(linears, width), (1, tokens, width)
    narrow = replace(RECIPES["w4"], weight_rounding="nearest")
    return written(make, shape) | {
        "int8, dynamic, 4-bit weights": list(written(make, shape, recipe=narrow).values())[-1]
    }


def convolutions(channels: int, kernel: int, groups: int = 1) -> nn.Module:
    """Return four convolutions in a row."""
    return nn.Sequential(
        *(nn.Conv2d(channels, channels, kernel, padding=kernel // 2, groups=groups)
          for _ in range(4))
    )  # fmt: skip


def depthwise_forms(channels: int, side: int, stride: int) -> dict[str, bytes]:
    """Return an inverted residual: fp32, int8, and int8 with its depthwise convolution float."""

    def make() -> nn.Module:
        out = channels if stride == 1 else 2 * channels
        return InvertedResidual(channels, out, expansion=4, activation=nn.ReLU, stride=stride)

    shape = (1, channels, side, side)
    mixed = Recipe(name="mixed", keep_float=("widen.2*",), core="float")
    found = written(make, shape, recipe=RECIPES["int8-float-core"])
    return {
        "fp32": found["fp32"],
        "int8": found["int8-float-core"],
        "int8, depthwise float": written(make, shape, recipe=mixed)["mixed"],
    }


@one_thread()
def written(
    make: Callable[[], nn.Module], shape: tuple[int, ...], *, recipe: Recipe = RECIPES["int8"],
    policy: Policy = LITERT_XNNPACK,
) -> dict[str, bytes]:  # fmt: skip
    """Return the files EdgeAttn writes for LiteRT: fp32, then each int8 variant, by recipe.

    Args:
        make: Makes the module; weights are random, the same ones every time.
        shape: Of its input.
        recipe: What is wanted; FLOAT writes fp32 alone.
        policy: What the engine runs fast.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = make().eval()
        samples = [torch.randn(shape) for _ in range(8)]
    captured = capture(module, (samples[0],), name="layer")
    program: Program = captured
    for rewrite in PASSES:
        program = rewrite(program)
    ranges = calibrate(program, iter([(sample,) for sample in samples]), hashes=("",) * 8)
    made = {
        draft.recipe or "fp32": draft.content
        for draft in drafts(captured, program, ranges, recipe, policy)
    }
    if recipe.name == "int8" and "int8-float-core" not in made:  # no core to name variants for
        words = {"int8-core": "int8", "int8-core-dynamic": "int8, dynamic"}
        made = {words.get(name, name): content for name, content in made.items()}
    return made


def float_file(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> bytes:
    """Return the fp32 file alone."""
    return written(make, shape, recipe=FLOAT)["fp32"]
