from __future__ import annotations

import pytest
import torch
from torch import Tensor

from edgeattn_converters.passes.drop_identities import drop_identities
from edgeattn_converters.passes.fuse_layer_norm import fuse_layer_norm
from edgeattn_converters.passes.merge_duplicates import merge_duplicates
from tests.converters.programs import normal
from tests.converters.rewriting import operators, program_of, rewrite_of

ROUNDING = 2e-6  # of the largest output: another way to the same variance
X = normal(2, 5, 8)
WEIGHT, BIAS = normal(8), normal(1, 1, 8) + 1


def fused(function) -> dict[str, int]:
    program = merge_duplicates(drop_identities(program_of(function, X)))
    return operators(rewrite_of(fuse_layer_norm, program, X, relative=ROUNDING))


def centred(x: Tensor) -> Tensor:
    return x - x.mean(-1, keepdim=True)


@pytest.mark.parametrize(
    "norm",
    [
        lambda x: centred(x) / torch.sqrt(centred(x).pow(2).mean(-1, keepdim=True) + 1e-6),
        lambda x: centred(x) / (centred(x).square().mean(-1, True) + 1e-6) ** 0.5,
        lambda x: (y := centred(x)) * torch.rsqrt((y * y).mean(-1, keepdim=True) + 1e-6),
        lambda x: centred(x) * (x.var(-1, keepdim=True, unbiased=False) + 1e-5).pow(-0.5),
        lambda x: torch.rsqrt(x.var(-1, correction=0, keepdim=True) + 1e-5) * centred(x),
        lambda x: centred(x) * (1 / torch.sqrt((centred(x) ** 2).mean(-1, True) + 1e-6)),
    ],
    ids=["sqrt", "power and square", "rsqrt", "variance", "variance first", "reciprocal"],
)
def test_fuse_layer_norm_keeps_the_numbers(norm) -> None:
    assert fused(lambda x: norm(x * 2)) == {"mul": 1, "layer_norm": 1}
    assert fused(lambda x: norm(x * 2) * WEIGHT + BIAS) == {"mul": 1, "layer_norm": 1}
    assert fused(lambda x: BIAS + WEIGHT * norm(x * 2)) == {"mul": 1, "layer_norm": 1}


def test_a_norm_over_several_last_axes_is_one() -> None:
    def norm(x: Tensor) -> Tensor:
        apart = x - x.mean((1, 2), keepdim=True)
        return apart / torch.sqrt(apart.pow(2).mean((-1, -2), keepdim=True) + 1e-6)

    assert fused(norm) == {"layer_norm": 1}


def test_an_affine_of_another_shape_stays_outside() -> None:
    def norm(x: Tensor) -> Tensor:
        return centred(x) / torch.sqrt(centred(x).pow(2).mean(-1, True) + 1e-6) * x[:1, :1, :1]

    assert fused(norm) == {"slice": 3, "layer_norm": 1, "mul": 1}


@pytest.mark.parametrize(
    "almost",
    [
        lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6),
        lambda x: centred(x) / (x.std(-1, keepdim=True) + 1e-6),
        lambda x: centred(x) / torch.sqrt(x.var(-1, keepdim=True) + 1e-6),
        lambda x: centred(x) / torch.sqrt(centred(x).pow(2).mean(1, keepdim=True) + 1e-6),
        lambda x: centred(x) / torch.sqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6),
        lambda x: centred(x) * torch.sqrt(centred(x).pow(2).mean(-1, keepdim=True) + 1e-6),
    ],
    ids=["RMSNorm", "deviation", "unbiased", "other axes", "variance around 0", "multiplied"],
)
def test_fuse_layer_norm_leaves_alone_what_is_almost_one(almost) -> None:
    assert "layer_norm" not in fused(almost)
