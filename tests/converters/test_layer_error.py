import pytest

from edgeattn_converters.layer_error import layer_errors
from tests.converters.quantised import LITERT, VNNI, decibels, exact, noise, quantised, simulated


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
