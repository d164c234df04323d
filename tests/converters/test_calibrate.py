import json
import re

import pytest
import torch

from edgeattn_converters.calibrate import calibrate
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
