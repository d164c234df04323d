import torch

from edgeattn_converters.operator_kind import kind
from edgeattn_converters.right_operands import only_right_operands, right_operands
from tests.converters.quantised import program_of


def _found(function):
    program = program_of(function, torch.zeros(1, 4, 4))
    int8 = {node for node in program.graph.nodes if kind(node) in ("matmul", "mul")}
    names = [{node.name for node in f(int8)} for f in (right_operands, only_right_operands)]
    return names[0], names[1]


def test_what_a_product_reads_on_its_right_is_found_behind_views():
    both, alone = _found(lambda x: x.softmax(-1) @ x.tanh().transpose(1, 2))
    assert both == alone == {"tanh"}


def test_what_another_int8_operator_reads_does_not_stay_signed():
    def shared(x):
        right = x.tanh()
        return x.softmax(-1) @ right, right * x

    assert _found(shared) == ({"tanh"}, set())


def test_both_operands_of_one_product_do_not_stay_signed():
    def square(x):
        both = x.tanh()
        return both @ both.transpose(1, 2)

    assert _found(square) == ({"tanh"}, set())


def test_what_a_kernel_writes_as_unsigned_does_not_stay_signed():
    assert _found(lambda x: x.softmax(-1) @ (x.tanh() * x.exp())) == ({"mul"}, set())


def test_a_float_reader_changes_nothing():
    def read_twice(x):
        right = x.tanh()
        return x.softmax(-1) @ right, right.exp()

    assert _found(read_twice) == ({"tanh"}, {"tanh"})
