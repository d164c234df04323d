import torch

from edgeattn_converters.onnx.integer_views import integer_views
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE
from tests.converters.quantised import LITERT, noise, program_of, quantised, simulated


def views(program):
    return [node for node in program.graph.nodes if kind(node) == "layout"]


def test_views_move_onto_integers_and_keep_the_numbers():
    program = quantised("hybrid", LITERT.name).program
    moved = integer_views(program)
    samples = noise(program, 2)
    assert (simulated(program, samples) == simulated(moved, samples)).all()
    assert sum(view.meta["val"].dtype is torch.int8 for view in views(program)) == 0
    assert sum(view.meta["val"].dtype is torch.int8 for view in views(moved)) >= 2


def test_a_view_between_unequal_scales_stays():
    def requantised(x):
        x = QUANTIZE(x, 0.1, 0, -128, 127, torch.int8)
        x = DEQUANTIZE(x, 0.1, 0, -128, 127, torch.int8).reshape(1, 8)
        return DEQUANTIZE(QUANTIZE(x, 0.2, 0, -128, 127, torch.int8), 0.2, 0, -128, 127, torch.int8)

    program = program_of(requantised, torch.zeros(1, 2, 4))
    assert str(integer_views(program).graph) == str(program.graph)


def test_the_input_is_left_untouched():
    program = quantised("hybrid", LITERT.name).program
    before = str(program.graph)
    integer_views(program)
    assert str(program.graph) == before
