import math

import torch
from torch import nn

from edgeattn_converters.lint.not_finite import not_finite


def test_nan_in_a_buffer_is_an_error_with_its_count(found):
    linear = nn.Linear(8, 8)
    linear.weight.data[0, :3] = math.nan
    linear.weight.data[1, 0] = math.inf
    (finding,) = found(not_finite, nn.Sequential(linear), (1, 8))
    assert (finding.severity, finding.layer) == ("error", "0")
    assert "4 of 64" in finding.why


def test_a_mask_of_minus_infinity_is_left_to_its_own_rule(found):
    hidden = torch.full((4, 4), -math.inf).triu(1)
    assert found(not_finite, lambda _, x: (x + hidden).softmax(-1), (1, 4, 4)) == []


def test_whole_numbers_are_left_alone(found):
    index = torch.tensor([1, 0])
    assert found(not_finite, lambda _, x: x[:, index], (1, 2)) == []
