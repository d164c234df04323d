"""Clip masks to -30: softmax(x + m) -> softmax(x + max(m, -30)).

Models mask with -1e4, -inf or finfo.min. Quantised, such a mask takes the whole range of int8
and leaves the scores one step. exp(-30) is 1e-13, far below one step of the softmax's output.
Scores that are overwritten become a sum as well, so that a mask stays relative to its scores:

    softmax(masked_fill(x, hidden, -inf)) -> softmax(x + hidden * -30)

Error bound: a masked weight was 0 and becomes at most exp(-30 + spread), spread being the largest
unmasked score minus the masked one, negated; for scores within 10 of each other that is 2e-9.
"""

from __future__ import annotations

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.passes.expand_attention import MASKED, added_mask
from edgeattn_converters.passes.layout_operators import is_layout
from edgeattn_converters.program import (
    Program,
    add_constant,
    call,
    constant,
    finish,
    is_constant,
    shape,
    take_name,
)  # fmt: skip

A = torch.ops.aten

HIDES = -1e3
"""What a score is overwritten with, or a 0/1 mask multiplied by, counts as a mask from here on."""

FILLS = frozenset({A.masked_fill.Scalar, A.masked_fill.Tensor})
PRODUCTS = frozenset({A.mul.Tensor, A.mul.Scalar})


def clip_masks(program: Program) -> Program:
    """Return a copy in which nothing below -30 hides a score from a softmax."""
    program = program.copy()
    for softmax in program.graph.find_nodes(op="call_function", target=A.softmax.int):
        _add_instead(program, softmax)
        if source(softmax).target is A.add.Tensor:
            _clip_sum(program, source(softmax))
    return finish(program)


def _add_instead(program: Program, softmax: fx.Node) -> None:
    """Turn scores that are overwritten before `softmax` into a sum with a mask."""
    fill = source(softmax)
    found = _overwritten(program, fill)
    if found is None or len(fill.users) != 1:
        return
    scores, mask, hides = found
    with program.graph.inserting_before(fill):
        number = added_mask(program, fill, mask, hides_where=hides)
        total = call(fill, A.add.Tensor, scores, number)
    if shape(total) == shape(fill):
        take_name(total, fill)
        fill.replace_all_uses_with(total)


def _overwritten(program: Program, node: fx.Node) -> tuple[fx.Node, fx.Node, bool] | None:
    """Return scores, a boolean mask, and which of its values hides a score, or None."""
    if node.target in FILLS:
        given = arguments(node)
        if _hides(program, given["value"]):
            return given["self"], given["mask"], True
    elif node.target in (A.where.self, A.where.ScalarOther, A.where.ScalarSelf):
        given = arguments(node)
        for scores, other, hides in (("self", "other", False), ("other", "self", True)):
            value = given[scores]
            if _hides(program, given[other]) and isinstance(value, fx.Node) and shape(value):
                return value, given["condition"], hides
    return None


def _hides(program: Program, value: object) -> bool:
    if is_constant(value) and constant(program, value).numel() == 1:
        value = constant(program, value).item()
    return isinstance(value, (int, float)) and value <= HIDES


def _clip_sum(program: Program, total: fx.Node) -> None:
    for position in (0, 1):
        part = total.args[position]
        if isinstance(part, fx.Node) and part.target is A.add.Tensor and _only_masks(part):
            _clip_sum(program, part)
        else:
            _clip(program, total, position)


def _clip(program: Program, user: fx.Node, position: int) -> None:
    """Clip the mask that `user` reads there: a constant, a product with one, or a choice."""
    mask = user.args[position]
    if is_constant(mask):
        value = constant(program, mask)
        if value.is_floating_point() and float(value.min()) < MASKED:
            with program.graph.inserting_before(user):
                clipped = add_constant(program, f"{mask.name}_clipped", value.clamp(min=MASKED))
            user.update_arg(position, clipped)
    elif not isinstance(mask, fx.Node) or not _only_masks(mask):
        return
    elif mask.target in PRODUCTS and _hides(program, mask.args[1]):
        mask.update_arg(1, MASKED)
    elif mask.target is A.masked_fill.Scalar and _hides(program, mask.args[2]):
        mask.update_arg(2, MASKED)
    elif mask.target in (A.where.self, A.where.ScalarOther, A.where.ScalarSelf):
        for choice in (1, 2):
            if _hides(program, mask.args[choice]):
                _clip_choice(program, mask, choice)
    elif is_layout(mask) or mask.target is A.expand.default:
        _clip(program, mask, 0)


def _clip_choice(program: Program, where: fx.Node, position: int) -> None:
    if is_constant(where.args[position]):
        _clip(program, where, position)
    else:
        where.update_arg(position, MASKED)


def _only_masks(node: fx.Node) -> bool:
    """Tell whether all readers of a value add it to scores of a softmax, through views."""
    for user in node.users:
        if user.target is A.softmax.int:
            continue
        through = is_layout(user) or user.target in (A.expand.default, A.add.Tensor)
        if not through or not _only_masks(user):
            return False
    return bool(node.users)
