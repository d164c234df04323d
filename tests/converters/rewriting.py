"""What the tests of rewrites share: capture something small, rewrite it, compare, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor, nn

from edgeattn_converters.capture import capture
from edgeattn_converters.program import Program


def program_of(module: nn.Module | Callable[..., Tensor], *inputs: Tensor) -> Program:
    """Capture a module, or a function of tensors."""
    if not isinstance(module, nn.Module):
        module = Calls(module)
    return capture(module.eval(), inputs, name="tiny")


class Calls(nn.Module):
    """A module that only calls a function of one tensor."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def operators(program: Program) -> Counter[str]:
    """How often each operator occurs, by its short name: "conv2d", "matmul"."""
    return Counter(
        str(getattr(node.target, "__name__", node.target)).split(".")[0]
        for node in program.graph.nodes
        if node.op == "call_function"
    )


def text(program: Program) -> str:
    """Everything a rewrite could change: nodes, names, arguments, and the constants' numbers."""
    constants = {
        name: (tuple(value.shape), float(value.double().sum()))
        for name, value in sorted(program.graph_module.named_buffers())
    }
    return f"{program.graph}\n{constants}\n{program.inputs}\n{program.outputs}"


def rewrite_of(
    rewrite: Callable[[Program], Program], program: Program, *inputs: Tensor, relative: float
) -> Program:
    """Rewrite a Program; its own text stays, the numbers within `relative` of the largest."""
    before = text(program)
    result = rewrite(program)
    assert text(program) == before, f"{rewrite.__name__} changed its input"
    for found, expected in zip(result(*inputs), program(*inputs), strict=True):
        assert found.shape == expected.shape
        largest = float(expected.abs().max())
        torch.testing.assert_close(found, expected, rtol=0, atol=relative * largest)
    return result
