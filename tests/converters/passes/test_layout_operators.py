from __future__ import annotations

from edgeattn_converters.passes.layout_operators import is_layout, is_parts
from tests.converters.programs import normal
from tests.converters.rewriting import program_of


def test_views_and_parts_are_told_from_computation() -> None:
    program = program_of(lambda x: x.unbind(0)[0][None].transpose(0, 1).exp(), normal(4, 3))
    found = {node.name: (is_layout(node), is_parts(node)) for node in program.graph.nodes}
    assert found["unbind"] == (False, True)
    assert found["getitem"] == found["transpose"] == (True, False)
    assert found["exp"] == found["x"] == found["output"] == (False, False)


def test_one_of_several_results_is_a_view_only_of_parts() -> None:
    program = program_of(lambda x: x.max(0)[0], normal(4, 3))
    assert not any(is_layout(node) for node in program.graph.nodes)


def test_what_is_no_node_is_no_parts() -> None:
    assert not is_parts(3)
