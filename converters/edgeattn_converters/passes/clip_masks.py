"""Clip additive masks: softmax(x + m) -> softmax(x + max(m, -30)).

Models mask with -1e4, -inf or finfo.min. Quantised, such a mask takes the whole range of int8
and leaves the scores one step. exp(-30) is 1e-13, far below one step of the softmax's output.

Error bound: a masked weight was 0 and becomes at most exp(-30 + spread), spread being the largest
unmasked score minus the masked one; for scores within 10 of each other that is 2e-9 per key.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.passes.expand_attention import MASKED
from edgeattn_converters.program import Program, add_constant, constant, finish

A = torch.ops.aten


def clip_masks(program: Program) -> Program:
    """Return a copy in which nothing below -30 is added before a softmax."""
    program = program.copy()
    for softmax in program.graph.find_nodes(op="call_function", target=A.softmax.int):
        add = softmax.args[0]
        if not isinstance(add, fx.Node) or add.target is not A.add.Tensor:
            continue
        for position in (0, 1):
            _clip(program, add, position)
    return finish(program)


def _clip(program: Program, user: fx.Node, position: int) -> None:
    """Clip the mask at one argument: a constant, or (1 - mask) * constant."""
    mask = user.args[position]
    if not isinstance(mask, fx.Node):
        return
    if mask.op == "get_attr":
        value = constant(program, mask)
        if not value.is_floating_point() or float(value.min()) >= MASKED:
            return
        with program.graph.inserting_before(user):
            clipped = add_constant(program, f"{mask.name}_clipped", value.clamp(min=MASKED))
        user.update_arg(position, clipped)
    elif mask.target in (A.mul.Tensor, A.mul.Scalar) and len(mask.args) == 2:
        factor = mask.args[1]
        if isinstance(factor, (int, float)) and factor < MASKED and len(mask.users) >= 1:
            mask.update_arg(1, MASKED)
        elif isinstance(factor, fx.Node) and factor.op == "get_attr":
            _clip(program, mask, 1)
    elif mask.target is A.where.self or mask.target is A.masked_fill.Scalar:
        _clip_choice(program, mask)
    elif len(mask.args) >= 1 and mask.target in (
        A.reshape.default, A.permute.default, A.slice.Tensor, A.expand.default,
        A.unsqueeze.default,
    ):  # fmt: skip
        _clip(program, mask, 0)


def _clip_choice(program: Program, choice: fx.Node) -> None:
    if choice.target is A.masked_fill.Scalar:
        if isinstance(choice.args[2], (int, float)) and choice.args[2] < MASKED:
            choice.update_arg(2, MASKED)
        return
    for position in (1, 2):
        branch = choice.args[position]
        if isinstance(branch, fx.Node) and branch.op == "get_attr":
            _clip(program, choice, position)
