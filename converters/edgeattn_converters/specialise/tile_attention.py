"""Let long attention run piece by piece, so that its scores stay in the cache.

    matmul(softmax(matmul(q, k')), v) -> cat of the same for every head, and for parts of its rows

Four heads of 784 tokens make 9.8 MB of scores, which an engine writes and reads four times
(product, softmax, rounding, product). Exact: heads never meet inside the core, nor do rows of
queries.
Measured on LiteRT, a core of 4 heads and 784 tokens with its projections: 1.1x as fast in fp32 and
1.2x in int8 as whole heads (`python -m benchmarks.engine_forms`); at 196 tokens, whose scores fit,
nothing is gained.

The idea is FlashAttention's (Dao et al. 2022), with the engine's own operators.
"""

from __future__ import annotations

import math

import torch
from torch import fx

from edgeattn_converters.arguments import arguments, source
from edgeattn_converters.program import RANGE_OF, Program, call, finish, shape, take_name
from edgeattn_converters.specialise.fuse_attention import Core, match

A = torch.ops.aten

SCORES_KEPT_WHOLE = 2 * 2**20
"""Bytes of float scores that are left as they are: about a second-level cache."""

LARGEST_TILE = 5 * 2**18
"""Bytes of float scores in a piece: beside their int8 twin they fit into 2 MB."""


def tile_attention(program: Program) -> Program:
    """Return a copy in which cores with many scores are several small ones."""
    program = program.copy()
    for attended in program.graph.find_nodes(op="call_function", target=A.matmul.default):
        core = match(attended)
        if core is None or len(shape(core.query)) < 3 or _bytes(core) <= SCORES_KEPT_WHOLE:
            continue
        tiles = _Tiles(attended, core)
        with program.graph.inserting_before(attended):
            joined = tiles.joined()
        take_name(joined, attended)
        attended.replace_all_uses_with(joined)
    return finish(program)


def _bytes(core: Core) -> int:
    return 4 * math.prod(shape(core.query)[:-1]) * shape(core.value)[-2]


class _Tiles:
    """Writes the pieces of one core."""

    def __init__(self, attended: fx.Node, core: Core) -> None:
        self.attended, self.core = attended, core
        self.heads, self.tokens = shape(core.query)[-3:-1]
        self.steps = _steps(attended, core)
        parts = math.ceil(_bytes(core) / self.heads / LARGEST_TILE)
        self.rows = math.ceil(self.tokens / parts)

    def joined(self) -> fx.Node:
        """Write all pieces; return their concatenation."""
        rank = len(shape(self.attended))
        heads = []
        for head in range(self.heads):
            starts = range(0, self.tokens, self.rows)
            pieces = [self._piece(head, start, starts.index(start)) for start in starts]
            heads.append(self._cat(pieces, rank - 2))
        return self._cat(heads, rank - 3)

    def _cat(self, pieces: list[fx.Node], axis: int) -> fx.Node:
        if len(pieces) == 1:
            return pieces[0]
        joined = call(self.attended, A.cat.default, pieces, axis)
        joined.meta[RANGE_OF] = self.attended.name
        return joined

    def _piece(self, head: int, start: int, number: int) -> fx.Node:
        """Write a piece's operators; each has the range of the one it is a part of."""
        written: dict[fx.Node, fx.Node] = {}
        for step in self.steps:

            def operand(arg: fx.Node, written: dict[fx.Node, fx.Node] = written) -> fx.Node:
                return written.get(arg) or self._part(arg, head, start)

            args = fx.node.map_arg(step.args, operand)
            piece = call(step, step.target, *args, **step.kwargs)  # type: ignore[arg-type]
            piece.meta[RANGE_OF] = step.name
            piece._rename(f"{step.name}_head{head}_part{number}")
            written[step] = piece
        return written[self.attended]

    def _part(self, whole: fx.Node, head: int, start: int) -> fx.Node:
        """Return what one piece reads of an operand: one head, and its rows of queries and bias."""
        part = self._head(whole, head)
        if whole is not self.core.query and whole is not self.core.bias:
            return part
        return self._slice(part, len(shape(part)) - 2, self.tokens, start, start + self.rows)

    def _head(self, whole: fx.Node, head: int) -> fx.Node:
        axis = len(shape(whole)) - 3
        if axis >= 0 and whole.target is A.permute.default:
            axes = [dim % len(shape(whole)) for dim in arguments(whole)["dims"]]
            if axes[: axis + 1] == [*range(axis + 1)]:
                # A swap stays last: the product reads it for free.
                return call(whole, A.permute.default, self._head(source(whole), head), axes)
        return self._slice(whole, axis, self.heads, head, head + 1)

    def _slice(self, whole: fx.Node, axis: int, length: int, start: int, end: int) -> fx.Node:
        if axis < 0 or shape(whole)[axis] != length or (start, end) == (0, length):
            return whole  # all pieces share it
        return call(whole, A.slice.Tensor, whole, axis, start, min(end, length))


def _steps(attended: fx.Node, core: Core) -> list[fx.Node]:
    """Return the operators of a core from QK' to PV."""
    steps = [attended]
    while steps[-1].args[:2] != (core.query, core.key_transposed):
        before = steps[-1].args[0]
        if before is core.bias:
            before = steps[-1].args[1]
        assert isinstance(before, fx.Node)
        steps.append(before)
    return steps[::-1]
