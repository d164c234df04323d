from __future__ import annotations

import pytest
import torch
from torch import nn

from edgeattn.models.narrow import is_depthwise, narrow, widths

SOME = torch.tensor([0, 2])


def test_a_linear_keeps_rows_and_columns():
    layer = nn.Linear(5, 4)
    weight, bias = layer.weight.clone(), layer.bias.clone()
    narrow(layer, out=SOME, inside=torch.tensor([1, 3, 4]))
    assert torch.equal(layer.weight, weight[[0, 2]][:, [1, 3, 4]])
    assert torch.equal(layer.bias, bias[[0, 2]])
    assert (layer.out_features, layer.in_features) == widths(layer) == (2, 3)


def test_a_convolution_keeps_filters_and_their_channels():
    layer = nn.Conv2d(5, 4, 3)
    weight = layer.weight.clone()
    narrow(layer, out=SOME, inside=torch.tensor([1]))
    assert torch.equal(layer.weight, weight[[0, 2]][:, [1]])
    assert layer(torch.rand(1, 1, 4, 4)).shape == (1, 2, 2, 2)


def test_a_depthwise_convolution_stays_one():
    layer = nn.Conv2d(4, 4, 3, groups=4)
    narrow(layer, out=SOME)
    narrow(layer, inside=SOME)  # it reads what it writes: nothing is left to do
    assert (layer.groups, layer.in_channels, layer.out_channels) == (2, 2, 2)
    assert is_depthwise(layer)
    assert layer(torch.rand(1, 2, 3, 3)).shape == (1, 2, 1, 1)


def test_a_norm_keeps_its_statistics():
    layer = nn.BatchNorm1d(4).eval()
    layer.running_mean.copy_(torch.arange(4.0))
    narrow(layer, out=SOME)
    assert layer.running_mean.tolist() == [0, 2]
    assert layer(torch.rand(3, 2)).shape == (3, 2)
    assert "running_var" in layer.state_dict()


def test_an_embedding_keeps_its_rows():
    layer = nn.Embedding(7, 4)
    narrow(layer, out=SOME, inside=torch.arange(3))
    assert layer.weight.shape == (7, 2)
    assert layer.embedding_dim == 2


def test_weights_that_rest_stay_at_rest():
    layer = nn.Linear(4, 4).requires_grad_(False)
    narrow(layer, out=SOME)
    assert not layer.weight.requires_grad


@pytest.mark.parametrize("layer", [nn.LayerNorm(4), nn.Conv2d(4, 4, 1, groups=2), nn.GRU(4, 4)])
def test_other_layers_are_refused(layer):
    assert widths(layer) is None
    with pytest.raises(TypeError, match="cannot be narrowed"):
        narrow(layer, out=SOME)
