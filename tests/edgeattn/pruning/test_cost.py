from __future__ import annotations

import torch

from edgeattn.models.catalog import ZOO
from edgeattn.pruning.cost import count_macs, count_parameters


def test_the_count_is_that_of_the_catalog():
    entry = ZOO["gesture-hybrid"]
    model = entry.build().eval()
    assert count_macs(model, (torch.zeros(entry.input_shape),)) == entry.macs
    assert count_parameters(model) == entry.params
