import torch
from torch import nn

from edgeattn_converters.lint.weight_range import weight_range


def linear(outlier):
    layer = nn.Linear(64, 8)
    layer.weight.data = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
    layer.weight.data[:, 0] = outlier
    return layer


def test_an_outlier_in_every_channel_is_found_with_what_is_left(found):
    (finding,) = found(weight_range, linear(300.0), (1, 64))
    assert finding.severity == "warning"
    assert "its weights keep" in finding.why
    assert "times the mean" in finding.why


def test_normally_distributed_weights_are_left_alone(found):
    assert found(weight_range, linear(1.0), (1, 64)) == []


def test_a_channel_of_zeros_loses_nothing(found):
    layer = linear(1.0)
    layer.weight.data[0] = 0
    assert found(weight_range, layer, (1, 64)) == []


def test_what_batch_norm_folds_in_counts(found):
    conv, norm = nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2)
    norm.weight.data = torch.tensor([1.0, 1e6])  # per channel: each has its own step
    assert found(weight_range, nn.Sequential(conv, norm), (1, 1, 4, 4)) == []
