"""Write a roll as two slices in the other order: roll(x, 3) -> cat(x[-3:], x[:-3]).

Swin shifts its windows with it (Liu et al. 2021, arXiv:2103.14030). TFLite has no such operator,
and ONNX no other words for it either. Exact.
"""

from __future__ import annotations

import math

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import Program, call, finish, shape, take_name

A = torch.ops.aten


def spell_roll(program: Program) -> Program:
    """Return a copy in which nothing is rolled."""
    program = program.copy()
    for roll in program.graph.find_nodes(op="call_function", target=A.roll.default):
        given, size = arguments(roll), shape(roll)
        with program.graph.inserting_before(roll):
            if given["dims"]:
                rolled = _rolled(roll, source(roll), given["shifts"], given["dims"])
            else:  # without dims, numbers leave a row at its end for the start of the next
                flat = call(roll, A.reshape.default, source(roll), [math.prod(size)])
                rolled = _rolled(roll, flat, given["shifts"], [0])
                rolled = call(roll, A.reshape.default, rolled, list(size))
        if rolled is not source(roll):
            take_name(rolled, roll)
        roll.replace_all_uses_with(rolled)
    return finish(program)


def _rolled(like: fx.Node, x: fx.Node, shifts: list[int], dims: list[int]) -> fx.Node:
    """Return x with each axis cut where its last numbers become the first ones."""
    rank = len(shape(x))
    for shift, dim in zip(shifts, dims, strict=True):
        axis, length = dim % rank, shape(x)[dim]
        cut = -shift % length if length else 0
        if not cut:
            continue
        last = call(like, A.slice.Tensor, x, axis, cut, length)
        first = call(like, A.slice.Tensor, x, axis, 0, cut)
        x = call(like, A.cat.default, [last, first], axis)
    return x
