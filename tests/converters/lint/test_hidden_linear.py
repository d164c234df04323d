import torch
from torch import nn

from edgeattn_converters.lint.hidden_linear import hidden_linear


def test_a_product_with_a_matrix_becomes_a_linear(found):
    weight = nn.Parameter(torch.randn(8, 8))
    (finding,) = found(hidden_linear, lambda m, x: x @ m.weight, (1, 4, 8), weight=weight)
    assert finding.fixable
    assert "becomes a Linear" in finding.why


def test_a_product_with_a_batch_of_matrices_stays(found):
    weight = nn.Parameter(torch.randn(2, 8, 8))
    (finding,) = found(hidden_linear, lambda m, x: x @ m.weight, (2, 4, 8), weight=weight)
    assert (finding.fixable, finding.severity) == (False, "warning")


def test_a_linear_and_a_product_of_activations_are_left_alone(found):
    def attend(model, x):
        return model.linear(x) @ x.transpose(-1, -2)

    assert found(hidden_linear, attend, (1, 4, 8), linear=nn.Linear(8, 8)) == []
