import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.embed.coreml_precision import TRIED, Precision, first_sound, keeps, round_rows
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.samples import Golden


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


@pytest.fixture
def linear(tiny):
    module = nn.Linear(8, 4, bias=False)
    module.weight.data = torch.from_numpy(tiny.weight)
    return module.eval()


class Loud(nn.Module):
    """The same answers, by way of numbers that float16 has not."""

    def __init__(self, inner, factor):
        super().__init__()
        self.inner, self.factor = inner, factor

    def forward(self, x):
        return self.inner(x * self.factor) / self.factor


def test_a_model_whose_numbers_float16_holds_takes_the_smallest(bundle, linear):
    precision, module = first_sound(linear, bundle.manifest, bundle.golden(), "model_fp32.onnx")
    assert precision == TRIED[0] == Precision("int8", "float16")
    assert module is not linear


@pytest.mark.parametrize("factor", [1e6, 1e-9])
def test_a_model_whose_numbers_float16_loses_stays_in_float32(bundle, linear, factor):
    precision, _ = first_sound(
        Loud(linear, factor), bundle.manifest, bundle.golden(), "model_fp32.onnx"
    )
    assert precision == Precision("int8", "float32")


def test_a_model_that_answers_otherwise_is_no_model_of_this_bundle(bundle, linear):
    linear.weight.data = -linear.weight.data
    with pytest.raises(BrokenBundle, match=r"model_fp32.onnx does not answer the golden vectors"):
        first_sound(linear, bundle.manifest, bundle.golden(), "model_fp32.onnx")


def test_another_best_class_is_not_kept_though_the_numbers_are_near(bundle):
    golden = Golden(
        {"image": np.zeros((1, 8), np.float32)},
        {"logits": np.array([[0.0, 1.0, 0.999, -1.0]], np.float32)},
        {},
    )
    answer = nn.Linear(8, 4).eval()
    answer.bias.data = torch.tensor([0.0, 1.0, 1.001, -1.0])
    assert not keeps(answer, "float32", bundle.manifest, golden)
    answer.bias.data = torch.tensor([0.0, 1.001, 1.0, -1.0])
    assert keeps(answer, "float32", bundle.manifest, golden)


def test_types_that_do_not_mix_are_not_kept(bundle, linear):
    class Mixed(nn.Module):
        def forward(self, x):
            return linear.float()(x).float() @ torch.eye(4)

    assert not keeps(Mixed().eval(), "float16", bundle.manifest, bundle.golden())


def test_large_weights_take_255_levels_a_row_and_small_ones_stay():
    module = nn.Sequential(nn.Linear(64, 64), nn.Linear(64, 2))
    module[0].weight.data[3] = 0  # a row of zeros divides by nothing
    before = [layer.weight.detach().clone() for layer in module]
    round_rows(module)
    step = before[0].abs().amax(1, keepdim=True) / 127
    assert (module[0].weight - before[0]).abs().le(step / 2 + 1e-7).all()
    assert max(len(row.unique()) for row in module[0].weight) <= 64
    levels = (module[0].weight / step.clamp_min(1e-9)).detach()
    assert torch.allclose(levels, levels.round(), atol=1e-4)  # of 127 levels
    assert torch.equal(module[1].weight, before[1])
