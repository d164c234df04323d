"""Write every chain of layout operators in its shortest form.

unbind(permute(reshape(x)))[1] -> permute(reshape(slice(x)))
permute(permute(x))            -> x

After this pass a Program knows three layout operators only: slice (with step 1), reshape and
permute. The chain is read off an index tensor and the new one proven on it (strided.py), so
the rewrite is exact; what is no view of one box (a broadcast, a gather) stays as it was.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, run, source
from edgeattn_converters.passes.layout_operators import is_layout, is_parts
from edgeattn_converters.program import Program, call, finish, shape
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
        if found is not None and _pays(found, node, root):
            with graph.inserting_before(node):
                replacement = emit(program, root, found, node)
            node.replace_all_uses_with(
                replacement, delete_user_cb=lambda user: not is_layout(user) and not is_parts(user)
            )
    return finish(program)


def emit(program: Program, root: fx.Node, steps: Plan, like: fx.Node) -> fx.Node:
    """Insert a plan's operators after the graph's insertion point; return the last one."""
    node, layer = root, like.meta.get("layer", "")

    def add(target: Callable[..., torch.Tensor], *args: object) -> None:
        nonlocal node
        node = call(node, target, node, *args)
        node.meta["layer"] = layer
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
    view = source(node) if node.target is operator.getitem else node
    before = source(view)
    root, addresses = views.get(before) or (before, index_tensor(shape(before)))
    result = run(view, addresses)
    if view is not node:
        result = result[node.args[1]]
    assert isinstance(result, torch.Tensor)
    return root, result


def read_from(node: fx.Node) -> tuple[fx.Node, torch.Tensor]:
    """Return what a chain of layout operators starts from, and the addresses in it that are read.

    The addresses have the node's shape; a node that is no layout operator reads all of itself.
    """
    if not is_layout(node) or is_parts(node):
        return node, index_tensor(shape(node))
    root, addresses = read_from(source(node))
    result = run(node, addresses)
    assert isinstance(result, torch.Tensor)
    return root, result


def _pays(found: Plan, node: fx.Node, root: fx.Node) -> bool:
    """Tell whether a plan is shorter than the chain, or the chain knows other operators."""
    steps, foreign = 0, False
    while node is not root:
        steps, foreign = steps + 1, foreign or not _is_plain(node)
        node = source(node)
    return foreign or found.steps < steps


def _is_plain(node: fx.Node) -> bool:
    """Tell whether a node is a reshape, a permute or a slice with positive bounds and step 1."""
    if node.target is not A.slice.Tensor:
        return node.target in _WORD
    given, size = arguments(node), shape(source(node))
    whole = 0 <= given["dim"] < len(size)
    return (
        whole and len(node.args) == 4 and 0 <= given["start"] < given["end"] <= size[given["dim"]]
    )
