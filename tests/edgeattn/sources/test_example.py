"""Example inputs: from the caller, the source, or the first calibration sample."""

import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.data.data import Data
from edgeattn.sources.example import first_sample, parameter_names, ports_of
from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port


class Two(nn.Module):
    def forward(self, ids, mask, scale=1.0):
        return ids * mask * scale


def loaded(names=("ids", "mask"), example=None):
    return LoadedModel(
        Two().eval(), name="two", kind="module", example_inputs=example, input_names=names
    )


def samples(**arrays):
    return Data(arrays, None, None, "here")


def test_parameters_without_a_default_get_a_tensor():
    assert parameter_names(Two(), None) == ("ids", "mask")
    assert parameter_names(Two(), (torch.zeros(1),) * 3) == ("ids", "mask", "scale")


def test_ports_follow_the_example():
    example = (torch.zeros(1, 4, dtype=torch.int32), torch.zeros(1, 4))
    assert ports_of(loaded(example=example)) == (
        Port("ids", (1, 4), "int32"),
        Port("mask", (1, 4), "float32"),
    )
    assert ports_of(loaded()) is None


def test_the_first_sample_comes_in_the_order_of_forward_and_in_float32():
    data = samples(mask=np.ones((3, 4)), ids=np.arange(12, dtype=np.int32).reshape(3, 4))
    ids, mask = first_sample(loaded(), data)
    assert ids.tolist() == [[0, 1, 2, 3]]
    assert mask.dtype is torch.float32


def test_a_single_array_may_be_called_x():
    (x,) = first_sample(loaded(names=("image",)), samples(x=np.ones((2, 3), np.float32)))
    assert x.shape == (1, 3)


def test_a_missing_array_is_named_with_what_the_model_takes():
    with pytest.raises(BadData, match=r"here holds ids, other, but two takes ids, mask"):
        first_sample(loaded(), samples(ids=np.ones((2, 4)), other=np.ones((2, 4))))
