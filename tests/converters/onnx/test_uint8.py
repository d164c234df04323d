from edgeattn_converters.onnx.uint8 import shift_to_uint8
from edgeattn_converters.program import STAYS_SIGNED
from edgeattn_converters.quantize import DEQUANTIZE, QUANTIZE
from tests.converters.quantised import VNNI, noise, quantised, simulated


def test_the_shift_keeps_the_numbers_bit_for_bit():
    program = quantised("hybrid", VNNI.name).program
    samples = noise(program, 2)
    assert (simulated(program, samples) == simulated(shift_to_uint8(program), samples)).all()


def test_every_activation_becomes_unsigned_and_the_input_stays():
    program = quantised("hybrid", VNNI.name).program
    before = str(program.graph)
    for node in shift_to_uint8(program).graph.nodes:
        if node.target in (QUANTIZE, DEQUANTIZE):
            assert node.args[3:5] == (0, 255)
            assert 0 <= node.args[2] <= 255
    assert str(program.graph) == before


def test_a_second_shift_changes_nothing():
    once = shift_to_uint8(quantised("hybrid", VNNI.name).program)
    assert str(shift_to_uint8(once).graph) == str(once.graph)


def test_what_stays_signed_is_left_alone():
    program = quantised("hybrid", VNNI.name).program.copy()
    first = next(node for node in program.graph.nodes if node.target is QUANTIZE)
    first.meta[STAYS_SIGNED] = True
    after = {node.name: node for node in shift_to_uint8(program).graph.nodes}
    assert after[first.name].args[1:] == first.args[1:]
