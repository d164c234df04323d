import json
import re

import pytest
import torch

from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.range_method import NAMES, RangeMethod
from edgeattn_runtime.errors import BadData
from tests.converters.programs import rewritten
from tests.converters.quantised import noise, program_of

BLOCK = "block"


def test_the_bounds_are_the_true_extremes():
    program = program_of(lambda x: x * 2, torch.zeros(1, 3))
    samples = [(torch.tensor([[1.0, -5.0, 0.5]]),), (torch.tensor([[7.0, 1.0, 1.0]]),)]
    bounds = calibrate(program, samples).bounds
    assert bounds == {"x": (-5.0, 7.0), "mul": (-10.0, 14.0)}


def test_samples_are_taken_one_by_one():
    program = rewritten(BLOCK)
    done: list[int] = []

    def stream():
        for number, sample in enumerate(noise(program, 4)):
            assert done == list(range(1, number + 1)), "a sample was fetched before its turn"
            yield sample

    calibrate(program, stream(), progress=done.append)
    assert done == [1, 2, 3, 4]


def test_the_same_samples_give_the_same_bounds_in_any_order():
    program = rewritten(BLOCK)
    samples = noise(program, 5)
    first = calibrate(program, samples)
    assert calibrate(program, samples) == first
    assert calibrate(program, samples[::-1]).bounds == first.bounds


def test_every_float_tensor_is_observed_and_nothing_else():
    program = rewritten("bert, boolean mask")
    bounds = calibrate(program, noise(program, 1)).bounds
    floats = {
        node.name
        for node in program.graph.nodes
        if node.op in ("placeholder", "call_function") and node.meta["val"].is_floating_point()
    }
    assert bounds.keys() == floats
    assert "input_ids" not in bounds


def test_nan_is_refused_with_the_tensor_and_the_sample():
    program = program_of(lambda x: torch.log(x), torch.ones(1, 2))
    samples = [(torch.ones(1, 2),), (torch.tensor([[1.0, -1.0]]),)]
    with pytest.raises(BadData) as caught:
        calibrate(program, samples)
    assert str(caught.value) == (
        "log is not finite on calibration sample 2; check that sample and the weights before it"
    )


def test_an_overflow_is_refused():
    program = program_of(lambda x: torch.exp(x), torch.ones(1, 2))
    with pytest.raises(BadData, match="exp is not finite on calibration sample 1"):
        calibrate(program, [(torch.full((1, 2), 1000.0),)])


def test_masked_scores_get_no_bounds_and_stop_nobody():
    def masked(x):
        return x.masked_fill(x < 0, float("-inf")).softmax(-1)

    program = program_of(masked, torch.ones(1, 2))
    bounds = calibrate(program, [(torch.tensor([[1.0, -1.0]]),)]).bounds
    assert bounds.keys() == {"x", "softmax"}


@pytest.mark.parametrize("name", NAMES)
def test_every_method_gives_every_tensor_a_range_inside_its_extremes(name):
    program = rewritten("hybrid")
    ranges = calibrate(program, noise(program, 3), method=RangeMethod(name))
    assert ranges.method == name
    assert ranges.bounds.keys() == ranges.extremes.keys()
    for tensor, (low, high) in ranges.bounds.items():
        least, most = ranges.extremes[tensor]
        assert least <= low <= high <= most


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_samples_makes_no_difference(name):
    program = program_of(lambda x: torch.tanh(x) * 3, torch.ones(1, 64))
    samples = [(x * 10.0**power,) for power, (x,) in enumerate(noise(program, 6), start=-3)]
    first = calibrate(program, samples, method=RangeMethod(name))
    assert calibrate(program, samples[::-1], method=RangeMethod(name)) == first


def test_what_a_softmax_reads_keeps_its_extremes():
    # One masked score in 10,000: without it in the range, its key would be attended to.
    def masked(x):
        return ((x - 30.0 * (x > 4)).unsqueeze(1).flatten(1) * 1.0).softmax(-1)

    x = torch.linspace(-1, 1, 10_000)[None].clone()
    x[0, 7] = 5.0
    program = program_of(masked, x)
    ranges = calibrate(program, [(x,)], method=RangeMethod("percentile", 99.9))
    (read,) = (node.args[0] for node in program.graph.nodes if "softmax" in str(node.target))
    assert ranges.bounds[read.name] == ranges.extremes[read.name] == (-25.0, 1.0)
    assert ranges.bounds["x"][1] <= 1.0
    tensors = ranges.to_json()["tensors"]
    assert tensors[read.name]["method"] == "minmax"
    assert tensors["x"]["method"] == "percentile"
    assert tensors["x"]["minmax"] == [-1.0, 5.0]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [0.0, -2.5])
def test_one_constant_sample_is_enough(name, value):
    program = program_of(lambda x: x * 2, torch.ones(1, 4))
    ranges = calibrate(program, [(torch.full((1, 4), value),)], method=RangeMethod(name))
    assert ranges.bounds == {"x": (value, value), "mul": (2 * value, 2 * value)}


def test_a_tensor_that_reaches_minus_infinity_late_loses_its_histogram():
    program = program_of(
        lambda x: x.masked_fill(x < 0, float("-inf")).softmax(-1), torch.ones(1, 2)
    )
    samples = [(torch.ones(1, 2),), (torch.tensor([[1.0, -1.0]]),)]
    ranges = calibrate(program, samples, method=RangeMethod("mse"))
    assert ranges.bounds.keys() == {"x", "softmax"}


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_weight_that_is_no_number_is_named(value):
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 2))
    with torch.no_grad():
        model[1].weight[1, 0] = value
    broken = program_of(model, torch.ones(1, 2))
    with pytest.raises(
        BadData, match=r"1 of 6 numbers in \S*1\S*weight are NaN or infinite; train"
    ):
        calibrate(broken, [(torch.ones(1, 2),)])


def test_no_sample_is_refused():
    with pytest.raises(BadData, match=re.escape("got 0 samples; give at least one")):
        calibrate(rewritten(BLOCK), [])


def test_what_was_seen_can_be_written_down():
    program = rewritten(BLOCK)
    ranges = calibrate(program, noise(program, 2), hashes=("a" * 64, "b" * 64))
    read = json.loads(json.dumps(ranges.to_json(), allow_nan=False))
    assert read["method"] == "minmax"
    assert read["samples"] == ["a" * 64, "b" * 64]
    x = list(ranges.bounds["x"])
    assert read["tensors"]["x"] == {"range": x, "method": "minmax", "minmax": x}
