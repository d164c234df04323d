from __future__ import annotations

import operator

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, run, source

A = torch.ops.aten


def node_of(target, *args, **kwargs) -> fx.Node:
    graph = fx.Graph()
    return graph.call_function(target, (graph.placeholder("x"), *args), kwargs)


def test_arguments_have_names_and_defaults_however_they_are_given() -> None:
    given = arguments(node_of(A.mean.dim, [1]))
    assert (given["dim"], given["keepdim"], given["dtype"]) == ([1], False, None)
    assert arguments(node_of(A.mean.dim, [1], True))["keepdim"] is True
    assert arguments(node_of(A.mean.dim, [1], keepdim=True))["keepdim"] is True


def test_a_part_has_an_index() -> None:
    assert arguments(node_of(operator.getitem, 2))["index"] == 2


def test_source_is_the_first_operand() -> None:
    assert source(node_of(A.relu.default)).name == "x"


def test_run_gives_the_operator_another_first_operand() -> None:
    assert run(node_of(A.transpose.int, 0, 1), torch.ones(2, 3)).shape == (3, 2)
