import pytest
import torch
from torch import nn

from edgeattn_converters.lint.decomposed_gelu import decomposed_gelu
from edgeattn_converters.lint.subject import Subject

SHAPE = (1, 4, 8)


def by_erf(_, x):
    return 0.5 * x * (1 + torch.erf(x / 2**0.5))


def by_tanh(_, x):
    return 0.5 * x * (1 + torch.tanh(0.7978845608 * (x + 0.044715 * x**3)))


@pytest.mark.parametrize("gelu", [by_erf, by_tanh])
def test_a_gelu_in_pieces_is_found_once(found, gelu):
    (finding,) = found(decomposed_gelu, gelu, SHAPE)
    assert (finding.op, finding.fixable) == ("gelu", True)


@pytest.mark.parametrize("gelu", [by_erf, by_tanh])
def test_one_that_stays_in_pieces_is_a_warning(program, gelu):
    captured = program(gelu, SHAPE)
    (finding,) = decomposed_gelu(Subject(captured, captured, ()))  # as if no pass had run
    assert finding.severity == "warning"
    assert "torch.nn.GELU" in finding.remedy


@pytest.mark.parametrize(
    "module", [nn.GELU(), nn.GELU("tanh"), nn.Tanh()], ids=["erf", "tanh", "a tanh alone"]
)
def test_one_operator_is_left_alone(found, module):
    assert found(decomposed_gelu, module, SHAPE) == []
