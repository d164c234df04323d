import pytest
import torch
from torch import nn

from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BrokenModel


def test_a_sound_model_passes():
    assert LoadedModel(nn.Linear(2, 2).eval(), "m", "module").name == "m"


def test_training_mode_is_refused():
    with pytest.raises(BrokenModel, match="m is in training mode"):
        LoadedModel(nn.Linear(2, 2), "m", "module")


def test_weights_that_are_not_finite_are_counted_and_named():
    module = nn.Sequential(nn.Linear(2, 2)).eval()
    module[0].weight.data[0] = torch.tensor([float("nan"), float("inf")])
    with pytest.raises(BrokenModel, match=r"2 of 4 numbers in weight 0\.weight are NaN"):
        LoadedModel(module, "m", "module")


@pytest.mark.parametrize("kind", [torch.float16, torch.float64])
def test_other_precisions_are_refused(kind):
    with pytest.raises(BrokenModel, match=rf"weight is {kind}; call .float"):
        LoadedModel(nn.Linear(2, 2).to(kind).eval(), "m", "module")


def test_weights_without_numbers_are_refused():
    with pytest.raises(BrokenModel, match="lies on device meta"):
        LoadedModel(nn.Linear(2, 2, device="meta").eval(), "m", "module")
