import pytest
import torch
from torch import nn

from edgeattn.devices.work import Work, float_work, int8_work, with_batch, work_of
from edgeattn_converters.capture import capture
from edgeattn_converters.passes import apply_passes
from edgeattn_converters.policies import POLICIES

LITERT = POLICIES["litert-xnnpack"]


@pytest.fixture(scope="module")
def program():
    """Two Linears of 8 to 16 to 4 on 5 tokens, with a ReLU between them."""
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval()
    return apply_passes(capture(model, (torch.zeros(1, 5, 8),), name="two"))


def test_a_linear_multiplies_and_adds_once_for_each_weight_and_token(program):
    linears = [one for one in float_work(program, LITERT) if one.kind == "linear"]
    assert [one.operations for one in linears] == [2 * 5 * 8 * 16, 2 * 5 * 16 * 4]


def test_a_linear_moves_its_input_weights_bias_and_output(program):
    first = next(one for one in float_work(program, LITERT) if one.kind == "linear")
    assert first.bytes == 4 * (5 * 8 + 8 * 16 + 16 + 5 * 16)


def test_an_activation_moves_bytes_and_multiplies_nothing(program):
    relu = next(one for one in work_of(program) if one.kind == "relu")
    assert relu.operations == 0
    assert relu.bytes == 4 * 2 * 5 * 16


def test_int8_moves_weights_of_one_byte_and_static_int8_activations_too(program):
    linears = [
        next(one for one in file if one.kind == "linear") for file in int8_work(program, LITERT)
    ]
    assert {one.precision for one in linears} == {"int8"}
    weights, bias, activations = 8 * 16, 4 * 16, 5 * 8 + 5 * 16
    assert {one.bytes for one in linears} == {
        weights + bias + activations,  # static
        weights + bias + 4 * activations,  # dynamic: float in, float out
    }


def test_every_way_to_run_the_linears_is_a_file_of_its_own(program):
    files = int8_work(program, LITERT)
    assert len(set(files)) == len(files) >= 2


def test_views_are_no_work():
    class Turn(nn.Module):
        def forward(self, x):
            return x.transpose(1, 2).reshape(1, 6) + 1

    found = work_of(apply_passes(capture(Turn(), (torch.zeros(1, 2, 3),), name="turn")))
    assert [one.kind for one in found] == ["add"]


def test_nothing_that_runs_in_int8_means_no_int8_file():
    class Sum(nn.Module):
        def forward(self, x):
            return x + x.mean()

    program = apply_passes(capture(Sum(), (torch.zeros(1, 4),), name="sum"))
    assert int8_work(program, LITERT) == ()


def test_a_batch_is_divided_into_samples():
    assert with_batch((Work("y", "linear", "fp32", 800, 40),), 4) == (
        Work("y", "linear", "fp32", 200, 10),
    )
