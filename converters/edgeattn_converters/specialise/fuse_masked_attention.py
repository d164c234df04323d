"""Fuse attention cores whatever is added to their scores, where the core becomes integers.

    scores + [1, heads, n, n] -> reshape -> + [1, windows, 1, n, n] -> reshape -> softmax
    scores + [windows, heads, n, n]                                            -> softmax

Shifted windows add a bias of positions and a mask of regions, the latter on five axes; both are
constants, so their sum is one. Then every bias that broadcasts to the scores is taken as it is: a
mask of padding [batch, 1, 1, keys] need not be written out for every head and token.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments
from edgeattn_converters.operands import tensor
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
)  # fmt: skip
from edgeattn_converters.specialise.fuse_attention import fuse_cores

A = torch.ops.aten
STEPS = (A.add.Tensor, A.reshape.default)


def fuse_masked_attention(program: Program) -> Program:
    """Return a copy in which attention cores are one operator each, with any bias."""
    return fuse_cores(join_biases(program), broadcast=True)


def join_biases(program: Program) -> Program:
    """Return a copy in which the constants added to the scores of a core are one."""
    program = program.copy()
    for softmax in program.graph.find_nodes(op="call_function", target=A.softmax.int):
        steps = _steps(softmax)
        if len(steps) < 2 or all(step.target is A.reshape.default for step in steps):
            continue
        if len(shape(softmax)) != 4 or arguments(softmax)["dim"] not in (-1, 3):
            continue
        with program.graph.inserting_before(softmax):
            bias = add_constant(program, f"{softmax.name}_bias", _sum(program, steps))
            summed = call(softmax, A.add.Tensor, tensor(steps[-1], 0), bias)
        softmax.update_arg(0, summed)
    return finish(program)


def _steps(softmax: fx.Node) -> list[fx.Node]:
    """Return what lies between a softmax and scores of its shape: reshapes, constants added."""
    steps: list[fx.Node] = []
    node = softmax.args[0]
    while isinstance(node, fx.Node) and node.target in STEPS and len(node.users) == 1:
        if node.target is A.add.Tensor and (node.kwargs or not is_constant(node.args[1])):
            break
        steps.append(node)
        node = node.args[0]
    while steps and shape(tensor(steps[-1], 0)) != shape(softmax):
        steps.pop()
    return steps


def _sum(program: Program, steps: list[fx.Node]) -> torch.Tensor:
    """Return all that `steps` add, [batch or 1, heads or 1, tokens or 1, keys or 1]."""
    total = torch.zeros(shape(tensor(steps[-1], 0)))
    for step in reversed(steps):
        if step.target is A.add.Tensor:
            total = total + constant(program, step.args[1])
        else:
            total = total.reshape(shape(step))
    for axis in range(total.ndim):
        if bool((total == total.narrow(axis, 0, 1)).all()):
            total = total.narrow(axis, 0, 1)
    return total.contiguous()
