import torch
from torch import nn

from edgeattn_converters.lint.norm_affine import norm_affine


def trained_norm(width=8):
    norm = nn.LayerNorm(width)
    norm.weight.data = torch.linspace(0.5, 2, width)
    return norm


def test_an_affine_that_folds_is_said_to_be_repaired(found):
    (finding,) = found(norm_affine, nn.Sequential(trained_norm(), nn.Linear(8, 8)), (1, 4, 8))
    assert finding.fixable
    assert "1.6x" in finding.why


def test_an_affine_that_a_residual_sum_reads_stays(found):
    def post_norm(model, x):
        x = model.norm(x)
        return x + model.linear(x)

    parts = {"norm": trained_norm(), "linear": nn.Linear(8, 8)}
    (finding,) = found(norm_affine, post_norm, (1, 4, 8), **parts)
    assert not finding.fixable
    assert "not only Linears" in finding.why


def test_an_affine_that_does_nothing_is_left_alone(found):
    assert found(norm_affine, nn.Sequential(nn.LayerNorm(8), nn.ReLU()), (1, 4, 8)) == []


def test_a_norm_without_affine_is_left_alone(found):
    model = nn.Sequential(nn.LayerNorm(8, elementwise_affine=False), nn.ReLU())
    assert found(norm_affine, model, (1, 4, 8)) == []
