import pytest
import torch

from edgeattn_converters.operands import number, numbers, stored, tensor
from edgeattn_converters.operators import E
from tests.converters.programs import normal
from tests.converters.quantised import program_of

WEIGHT = normal(4, 3, 3, 2)


@pytest.fixture(scope="module")
def convolution():
    program = program_of(
        lambda x: E.conv2d_nhwc.default(x, WEIGHT, None, [2, 1], [0, 1, 0, 1], [1, 1], 1),
        torch.zeros(1, 5, 5, 2),
    )
    return program, next(n for n in program.graph.nodes if n.target is E.conv2d_nhwc.default)


def test_arguments_come_back_as_what_they_are(convolution):
    program, node = convolution
    assert tensor(node, 0).op == "placeholder"
    assert numbers(node, 3) == [2, 1]
    assert number(node, 6) == 1
    assert torch.equal(stored(program, node, 1), WEIGHT)


@pytest.mark.parametrize(("read", "place"), [(tensor, 3), (number, 3), (numbers, 0), (numbers, 6)])
def test_an_argument_of_another_type_is_our_own_bug(convolution, read, place):
    with pytest.raises(AssertionError, match=f"at {place}"):
        read(convolution[1], place)
