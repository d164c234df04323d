import torch
from torch import nn

from edgeattn_converters.lint.single import single
from edgeattn_converters.lint.subject import calls


def test_one_operator_alone_computes_what_it_did(program):
    captured = program(nn.Sequential(nn.ReLU(), nn.Linear(8, 4)), (1, 8))
    relu, linear = calls(captured)
    x = torch.randn(1, 8)
    (alone,) = single(captured, linear)(single(captured, relu)(x)[0])
    torch.testing.assert_close(alone, captured(x)[0], rtol=0, atol=0)  # the same operators


def test_its_ports_are_the_tensors_it_reads(program):
    captured = program(lambda _, x, y: x.exp() + y, (1, 8), (1, 8))
    total = calls(captured)[-1]
    assert [port.name for port in single(captured, total).inputs] == [
        "exp",
        captured.inputs[1].name,
    ]


def test_the_model_is_left_alone(program):
    captured = program(nn.Linear(8, 4), (1, 8))
    before = str(captured.graph)
    single(captured, calls(captured)[0])
    assert str(captured.graph) == before
