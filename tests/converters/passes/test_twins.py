"""Twins: operators move to another layout together, and a view gives the old one back."""

import torch
from torch import nn

from edgeattn_converters.passes.twins import build_twins
from edgeattn_converters.program import call, finish
from tests.converters.rewriting import operators, program_of

A = torch.ops.aten


def turned(program, node, twins):
    """A ReLU on the transposed matrix."""
    (before,) = node.all_input_nodes
    matrix = twins.get(before) or call(node, A.permute.default, before, [1, 0])
    return call(node, A.relu.default, matrix)


def turned_back(node, twin):
    return call(node, A.permute.default, twin, [1, 0])


def twice():
    return program_of(nn.Sequential(nn.ReLU(), nn.ReLU()), torch.randn(2, 3))


def test_operators_in_a_row_share_the_other_layout():
    program = twice()
    names = [node.name for node in program.graph.nodes if node.target is A.relu.default]
    build_twins(program, {A.relu.default: turned}, turned_back)
    found = finish(program)
    assert operators(found) == {"permute": 2, "relu": 2}
    assert [node.name for node in found.graph.nodes if node.target is A.relu.default] == names
    x = torch.randn(2, 3)
    assert torch.equal(found(x)[0], x.relu())


def test_a_twin_that_is_the_same_tensor_needs_no_view():
    program = twice()
    same = {A.relu.default: lambda program, node, twins: call(node, A.relu.default, *node.args)}
    build_twins(program, same, lambda node, twin: None)
    assert operators(finish(program)) == {"relu": 2}


def test_an_operator_without_a_twin_stays():
    program = twice()
    before = str(program.graph)
    build_twins(program, {A.relu.default: lambda program, node, twins: None}, turned_back)
    assert str(finish(program).graph) == before
