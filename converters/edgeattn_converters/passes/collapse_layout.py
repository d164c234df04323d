"""Write every chain of layout operators in its shortest form.

unbind(permute(reshape(x)))[1] -> permute(reshape(slice(x)))
permute(permute(x))            -> x

After this pass a Program knows three layout operators only: slice (with step 1), reshape and
permute. The chain is read off an index tensor and the new one proven on it (strided.py), so
the rewrite is exact; what is no view of one box (a broadcast, a gather) stays as it was.
"""

from __future__ import annotations

import operator

import torch
from torch import fx

from edgeattn_converters.passes.layout_operators import is_layout, is_parts
from edgeattn_converters.program import Program, finish, shape
from edgeattn_converters.strided import Plan, index_tensor, plan

A = torch.ops.aten


def collapse_layout(program: Program) -> Program:
    """Return a copy in which every layout chain is as short as it can be."""
    program = program.copy()
    graph = program.graph
    views: dict[fx.Node, tuple[fx.Node, torch.Tensor]] = {}  # layout node -> root, addresses
    for node in list(graph.nodes):
        if is_parts(node) or not is_layout(node):
            continue
        root, addresses = _view(node, views)
        views[node] = (root, addresses)
        if all(is_layout(user) or is_parts(user) for user in node.users):
            continue  # inside a chain
        found = plan(shape(root), addresses)
        if found is not None and (found.steps, 0) != (_length(node, root), _foreign(node, root)):
            with graph.inserting_before(node):
                replacement = emit(program, root, found, node)
            node.replace_all_uses_with(
                replacement, delete_user_cb=lambda user: not is_layout(user) and not is_parts(user)
            )
    return finish(program)


def emit(program: Program, root: fx.Node, steps: Plan, like: fx.Node) -> fx.Node:
    """Insert a plan's operators after the graph's insertion point; return the last one."""
    graph, node, layer = program.graph, root, like.meta.get("layer", "")

    def add(target: object, *args: object) -> None:
        nonlocal node
        value = target(node.meta["val"], *args)  # type: ignore[operator]
        node = graph.call_function(target, (node, *args))  # type: ignore[arg-type]
        node.meta = {"layer": layer, "val": value}
        node._rename(f"{root.name}_{_WORD[target]}")

    for axis, start, end in steps.slices:
        add(A.slice.Tensor, axis, start, end)
    if steps.reshape is not None:
        add(A.reshape.default, list(steps.reshape))
    if steps.permute is not None:
        add(A.permute.default, list(steps.permute))
    if steps.merge is not None:
        add(A.reshape.default, list(steps.merge))
    return node


_WORD: dict[object, str] = {
    A.slice.Tensor: "slice", A.reshape.default: "reshape", A.permute.default: "permute",
}  # fmt: skip


def _view(
    node: fx.Node, views: dict[fx.Node, tuple[fx.Node, torch.Tensor]]
) -> tuple[fx.Node, torch.Tensor]:
    """Return the root of a layout node and the addresses in it that the node reads."""
    part = None
    if node.target is operator.getitem:
        part, node = node.args[1], node.args[0]  # type: ignore[assignment]
    source = node.args[0]
    assert isinstance(source, fx.Node)
    root, addresses = views.get(source, (source, None))
    if addresses is None:
        addresses = index_tensor(shape(source))
    result = node.target(addresses, *node.args[1:], **node.kwargs)  # type: ignore[operator]
    return root, result if part is None else result[part]


def _length(node: fx.Node, root: fx.Node) -> int:
    count = 0
    while node is not root:
        count += 1
        node = node.args[0]  # type: ignore[assignment]
    return count


def _foreign(node: fx.Node, root: fx.Node) -> int:
    """Count the operators of a chain that are not slice, reshape or permute."""
    count = 0
    while node is not root:
        count += node.target not in _WORD
        node = node.args[0]  # type: ignore[assignment]
    return count
