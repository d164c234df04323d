import torch
from torch import nn

from edgeattn_converters.lint.dead_channels import dead_channels


def test_rows_of_zeros_are_counted(found):
    layer = nn.Linear(8, 16)
    layer.weight.data[:4] = 0
    (finding,) = found(dead_channels, layer, (1, 8))
    assert "4 of 16" in finding.why
    assert "25%" in finding.why


def test_channels_that_a_batch_norm_switches_off_are_counted(found):
    norm = nn.BatchNorm2d(8)
    norm.weight.data[:2] = 0
    (finding,) = found(dead_channels, nn.Sequential(nn.Conv2d(4, 8, 3), norm), (1, 4, 8, 8))
    assert "2 of 8" in finding.why


def test_small_weights_are_left_alone(found):
    layer = nn.Linear(8, 16)
    layer.weight.data = torch.full((16, 8), 1e-3)
    assert found(dead_channels, layer, (1, 8)) == []
