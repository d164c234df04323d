import pytest
import torch
from torch import nn

from edgeattn_converters.lint.decomposed_norm import decomposed_norm
from edgeattn_converters.lint.subject import Subject

SHAPE = (1, 4, 8)


def by_power(_, x):
    d = x - x.mean(-1, keepdim=True)
    return d / torch.sqrt(d.pow(2).mean(-1, keepdim=True) + 1e-5)


def by_product(_, x):
    d = x - x.mean(-1, keepdim=True)
    return d * torch.rsqrt((d * d).mean(-1, keepdim=True) + 1e-5)


def by_half_power(_, x):
    d = x - x.mean(-1, keepdim=True)
    return d * ((d**2).mean(-1, keepdim=True) + 1e-5) ** -0.5


def by_variance(_, x):
    return (x - x.mean(-1, keepdim=True)) / torch.sqrt(x.var(-1, keepdim=True) + 1e-5)


@pytest.mark.parametrize("norm", [by_power, by_product, by_half_power])
def test_a_layer_norm_that_the_passes_put_together_is_repaired(found, norm):
    (finding,) = found(decomposed_norm, norm, SHAPE)
    assert (finding.op, finding.fixable) == ("layer_norm", True)


@pytest.mark.parametrize("norm", [by_power, by_product, by_half_power, by_variance])
def test_a_layer_norm_that_stays_in_pieces_is_a_warning(program, norm):
    captured = program(norm, SHAPE)
    (finding,) = decomposed_norm(Subject(captured, captured, ()))  # as if no pass had run
    assert finding.op == "layer_norm"
    assert finding.severity == "warning"
    assert "torch.nn.LayerNorm" in finding.remedy


def test_an_rms_norm_in_pieces_is_found_by_its_name(found):
    def rms(_, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)

    (finding,) = found(decomposed_norm, rms, SHAPE)
    assert finding.op == "rms_norm"
    assert finding.why.startswith("an RMSNorm")


@pytest.mark.parametrize("module", [nn.LayerNorm(8), nn.RMSNorm(8)])
def test_a_norm_in_one_piece_is_left_alone(found, module):
    assert found(decomposed_norm, module, SHAPE) == []


@pytest.mark.parametrize(
    "other",
    [
        lambda _, x: torch.sqrt(x.abs().mean(-1, keepdim=True) + 1e-5),
        lambda _, x: torch.sqrt((x * (x + 1)).mean(-1) + 9),
        lambda _, x: torch.sqrt(x.pow(4).mean(-1)),
        lambda _, x: x.var(-1).relu(),
    ],
    ids=["of absolute values", "of a product", "of a fourth power", "a variance alone"],
)
def test_roots_that_are_no_norm_are_left_alone(found, other):
    assert found(decomposed_norm, other, SHAPE) == []
