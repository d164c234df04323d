from __future__ import annotations

from torch import fx

from edgeattn_converters.passes.collapse_layout import collapse_layout
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from tests.converters.programs import normal
from tests.converters.rewriting import program_of, rewrite_of

X = normal(2, 6, 4, 8)  # [batch, tokens, heads, head_width]


def right_operand(function) -> list[list[int]]:
    """Return the permutations behind the right operand, the last one first."""
    program = collapse_layout(program_of(function, X))
    result = rewrite_of(keys_by_row, program, X, relative=0)
    (product,) = (node for node in result.graph.nodes if "matmul" in str(node.target))
    node, found = product.args[1], []
    while isinstance(node, fx.Node) and "permute" in str(node.target):
        found.append(list(node.args[1]))
        node = node.args[0]
    return found


def test_keys_by_row_keeps_the_numbers() -> None:
    assert right_operand(lambda x: x.transpose(1, 2) @ x.permute(0, 2, 3, 1)) == [
        [0, 1, 3, 2], [0, 2, 1, 3],
    ]  # fmt: skip


def test_keys_by_row_leaves_a_plain_swap_alone() -> None:
    assert right_operand(lambda x: x @ x.transpose(2, 3)) == [[0, 1, 3, 2]]


def test_keys_by_row_leaves_values_alone() -> None:
    values = right_operand(lambda x: x.transpose(1, 2)[..., :6] @ x.transpose(1, 2))
    assert values == [[0, 2, 1, 3]]


def test_keys_by_row_leaves_matrices_alone() -> None:
    assert right_operand(lambda x: x.reshape(48, 8) @ x.reshape(48, 8).T) == [[1, 0]]
