"""What a Program cannot be, refused before anything is rewritten.

A Program is a pure function of tensors whose shapes are known ahead: phones and boards plan their
memory from them, and a result that changes from run to run cannot be compared with anything.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_runtime.errors import CannotConvert

A = torch.ops.aten

QUIET_IN_EVAL = {
    A.dropout.default: "train", A.alpha_dropout.default: "train",
    A.feature_dropout.default: "train", A.rrelu.default: "training",
    A.scaled_dot_product_attention.default: "dropout_p",
}  # fmt: skip
"""Operators that draw random numbers only if this argument says so."""


def refuse_uncapturable(graph: fx.Graph, name: str) -> None:
    """Raise CannotConvert where a graph is no function of tensors with static shapes.

    Args:
        graph: As torch.export left it, its output a flat tuple.
        name: The model, for the message.
    """
    for node in graph.nodes:
        where = f"{_layer(node)} of {name}" if _layer(node) else f"{node.name} of {name}"
        if node.op in ("placeholder", "call_function") and not _is_static(node):
            shape = tuple(getattr(node.meta.get("val"), "shape", ()))
            raise CannotConvert(
                f"{where} has the dynamic shape {shape}, or depends on values; "
                "export with static shapes: phones and boards plan their memory ahead"
            )
        if node.target is A.copy_.default:
            raise CannotConvert(
                f"{name} changes its own state {node.args[0]} while it runs; put it in eval mode, "
                "or take the state as an input and return it as an output"
            )
        if _draws_random_numbers(node):
            raise CannotConvert(
                f"{where} draws random numbers ({node.target}); put the model in eval mode, "
                "or pass the noise as an input"
            )
        if node.op == "call_module" or _calls_graph(node):
            raise CannotConvert(
                f"{where} has a graph of its own ({node.target}); "
                "write both branches out and choose with torch.where"
            )
    _refuse_outputs(graph, name)


def _refuse_outputs(graph: fx.Graph, name: str) -> None:
    (returned,) = graph.output_node().args
    assert isinstance(returned, tuple)
    if not returned:
        raise CannotConvert(f"{name} returns no tensor; return what is to be computed")
    for value in returned:
        if not isinstance(value, fx.Node):
            raise CannotConvert(
                f"{name} returns {value!r} besides tensors; return tensors only, as a tuple"
            )
        if value.op == "get_attr":
            raise CannotConvert(
                f"{name} returns its constant {value.target}; "
                "return what depends on the inputs, and store the constant beside the model"
            )


def _layer(node: fx.Node) -> str:
    stack = node.meta.get("nn_module_stack") or {}
    return next((path for path, _ in reversed(stack.values())), "")


def _is_static(node: fx.Node) -> bool:
    """Tell whether every result is a tensor with integers for lengths."""
    value = node.meta.get("val")
    values = value if isinstance(value, (tuple, list)) else (value,)
    return all(
        v is None
        or (isinstance(v, torch.Tensor) and all(isinstance(length, int) for length in v.shape))
        for v in values
    )


def _draws_random_numbers(node: fx.Node) -> bool:
    if not isinstance(node.target, torch._ops.OpOverload):
        return False
    if torch.Tag.nondeterministic_seeded not in node.target.tags:
        return False
    switch = QUIET_IN_EVAL.get(node.target)
    return switch is None or bool(arguments(node)[switch])


def _calls_graph(node: fx.Node) -> bool:
    return node.op == "call_function" and isinstance(node.target, torch._ops.HigherOrderOperator)
