import pytest
import torch

from edgeattn_converters.layer_error import layer_errors
from edgeattn_converters.placement import place
from tests.converters.quantised import (
    INT8,
    LITERT,
    VNNI,
    decibels,
    exact,
    noise,
    program_of,
    quantised,
    simulated,
)


@pytest.mark.parametrize("policy", [VNNI, LITERT], ids=lambda policy: policy.name)
def test_every_operator_gets_a_line_in_order(policy):
    program, found = exact("hybrid", policy), quantised("hybrid", policy.name)
    lines = layer_errors(program, found.program, found.decisions, noise(program, 2))
    assert [line.op for line in lines] == [decision.kind for decision in found.decisions]
    assert [line.kept_float for line in lines] == [not d.int8 for d in found.decisions]
    assert all(line.reason and line.sqnr_db is not None and line.sqnr_db > 20 for line in lines)


def test_the_last_line_is_the_error_of_the_whole_model():
    program, found = exact("hybrid", LITERT), quantised("hybrid", LITERT.name)
    samples = noise(program, 3)
    last = layer_errors(program, found.program, found.decisions, samples)[-1]
    whole = decibels(simulated(program, samples), simulated(found.program, samples))
    assert last.sqnr_db == pytest.approx(whole, abs=1e-3)


def test_a_convolution_and_its_relu_are_judged_by_what_readers_see():
    program, found = exact("hybrid", LITERT), quantised("hybrid", LITERT.name)
    line = layer_errors(program, found.program, found.decisions, noise(program, 2))[0]
    # Rounding to 256 levels costs decibels: without it the first layer would read 50 and more.
    assert line.op == "conv"
    assert 30 < line.sqnr_db < 48


def test_a_float_program_has_no_error():
    program, found = exact("hybrid", LITERT), quantised("hybrid", LITERT.name)
    lines = layer_errors(program, program, found.decisions, noise(program, 1))
    assert all(line.sqnr_db == float("inf") for line in lines)


def test_masks_whole_numbers_and_masked_scores_are_no_trouble():
    def masked(x):
        scores = x.masked_fill((x > 1) | (x < -1), float("-inf"))
        low, high = scores.split(2, 1)
        return low.softmax(-1) + high.softmax(-1)

    program = program_of(masked, torch.zeros(2, 4))
    decisions = tuple(place(program, INT8, LITERT).values())
    lines = layer_errors(program, program, decisions, [(torch.tensor([[0, 2.0, 0, 0]] * 2),)])
    by_name = {line.name: line.sqnr_db for line in lines}
    masks = [name for name in by_name if name.startswith(("gt", "lt", "bitwise", "__or__", "or"))]
    assert masks
    assert all(by_name[name] is None for name in masks)
    assert by_name["softmax"] == float("inf")
