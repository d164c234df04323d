from __future__ import annotations

import pytest
import torch
from torch import Tensor, fx, nn

from edgeattn_converters.program import (
    add_constant,
    call,
    constant,
    fake,
    finish,
    is_constant,
    rebuilt,
    shape,
    take_name,
)
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, text

A = torch.ops.aten
X = normal(2, 4)


def linear_and_relu():
    return program_of(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), X)


def test_a_program_runs_without_gradients() -> None:
    (result,) = linear_and_relu()(X)
    assert result.shape == (2, 3)
    assert not result.requires_grad


def test_a_copy_has_the_same_text_and_shares_its_constants() -> None:
    program = linear_and_relu()
    copied = program.copy()
    assert text(copied) == text(program)
    assert copied.graph is not program.graph
    for name, value in program.graph_module.named_buffers():
        assert getattr(copied.graph_module, name).data_ptr() == value.data_ptr()


def test_changing_a_copy_leaves_the_original_alone() -> None:
    program = linear_and_relu()
    before = text(program)
    copied = program.copy()
    (relu,) = copied.graph.find_nodes(op="call_function", target=A.relu.default)
    relu.target = A.neg.default
    finish(copied)
    assert text(program) == before
    assert not torch.equal(copied(X)[0], program(X)[0])


def test_weights_whose_names_meet_stay_apart() -> None:
    """`a.b_c` and `a_b.c` are both a_b_c without dots; `add.module` is a method of nn.Module."""

    class Meeting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.a_b, self.add = nn.Module(), nn.Module(), nn.Module()
            self.a.b_c = nn.Parameter(torch.full((4,), 2.0))
            self.a_b.c = nn.Parameter(torch.full((4,), 3.0))
            self.add.module = nn.Parameter(torch.full((4,), 5.0))

        def forward(self, x: Tensor) -> Tensor:
            return x * self.a.b_c * self.a_b.c * self.add.module

    torch.testing.assert_close(program_of(Meeting(), X)(X)[0], X * 30)


def test_add_constant_makes_its_name_unique() -> None:
    program = linear_and_relu()
    with program.graph.inserting_before(next(iter(program.graph.nodes))):
        first = add_constant(program, "table", torch.ones(3))
        second = add_constant(program, "table", torch.zeros(2))
        third = add_constant(program, "forward", torch.zeros(2))
    assert (first.target, second.target, third.target) == ("table", "table_1", "forward_1")
    assert is_constant(first)
    assert shape(second) == (2,)
    assert torch.equal(constant(program, first), torch.ones(3))


def test_finish_drops_what_nobody_reads() -> None:
    program = linear_and_relu()
    with program.graph.inserting_before(program.graph.output_node()):
        unused = add_constant(program, "unused", torch.ones(3))
        program.graph.call_function(A.exp.default, (unused,))
    finish(program)
    assert "unused" not in dict(program.graph_module.named_buffers())
    assert "exp" not in str(program.graph)


def test_finish_learns_new_shapes() -> None:
    program = linear_and_relu()
    (relu,) = program.graph.find_nodes(op="call_function", target=A.relu.default)
    (linear,) = relu.all_input_nodes
    with program.graph.inserting_before(relu):
        relu.args = (program.graph.call_function(A.unsqueeze.default, (linear, 1)),)
    finish(program)
    assert shape(relu) == (2, 1, 3)
    assert relu.args[0].meta["layer"] == ""


def test_call_knows_its_shape_and_layer_at_once() -> None:
    program = linear_and_relu()
    (relu,) = program.graph.find_nodes(op="call_function", target=A.relu.default)
    with program.graph.inserting_after(relu):
        new = call(relu, A.permute.default, relu, [1, 0])
    assert shape(new) == (3, 2)
    assert new.meta["layer"] == relu.meta["layer"] == "1"


def test_take_name_moves_a_name_to_the_replacement() -> None:
    program = linear_and_relu()
    (relu,) = program.graph.find_nodes(op="call_function", target=A.relu.default)
    name = relu.name
    with program.graph.inserting_before(relu):
        new = call(relu, A.neg.default, relu.args[0])
    take_name(new, relu)
    assert new.name == name
    relu.replace_all_uses_with(new)
    assert [node.name for node in finish(program).copy().graph.nodes].count(name) == 1


def test_constant_refuses_what_is_computed() -> None:
    program = linear_and_relu()
    (relu,) = program.graph.find_nodes(op="call_function", target=A.relu.default)
    assert not is_constant(relu)
    assert not is_constant(3)
    with pytest.raises(AssertionError):
        constant(program, relu)


def test_a_fake_has_the_shape_and_type_and_no_numbers() -> None:
    value = fake(torch.ones(2, 3, dtype=torch.int8))
    assert (tuple(value.shape), value.dtype) == ((2, 3), torch.int8)
    assert isinstance(value, torch._subclasses.FakeTensor)


def test_rebuilt_keeps_every_name() -> None:
    program = linear_and_relu()
    again: fx.GraphModule = rebuilt(program.graph_module)
    assert str(again.graph) == str(program.graph)


def test_finish_keeps_what_nothing_changed_and_follows_what_did() -> None:
    program = linear_and_relu()
    (relu,) = program.graph.find_nodes(op="call_function", target=A.relu.default)
    (linear,) = relu.all_input_nodes
    before = {node: node.meta["val"] for node in (linear, relu)}
    finish(program)
    assert all(node.meta["val"] is value for node, value in before.items())
    with program.graph.inserting_before(relu):
        relu.args = (call(linear, A.permute.default, linear, [1, 0]),)
    finish(program)
    assert linear.meta["val"] is before[linear]
    assert shape(relu) == (3, 2)
