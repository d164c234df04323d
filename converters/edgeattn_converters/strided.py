"""Views as arithmetic: a chain of reshapes, permutations and slices is one strided view.

A layout chain moves no number, it only renames indices. Running it on the index tensor
`arange(numel)` therefore tells everything about it: which box of the root it reads, and in
which order. `plan` rewrites any such chain as at most

    slice -> reshape -> permute -> reshape

and proves the plan by running it on the same index tensor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """A layout change in its shortest form; a step that changes nothing is None.

    Attributes:
        slices: (axis, start, end) on the root.
        reshape: The shape that tells all factors apart.
        permute: The order of those factors.
        merge: The final shape.
    """

    slices: tuple[tuple[int, int, int], ...]
    reshape: Shape | None
    permute: Shape | None
    merge: Shape | None

    @property
    def steps(self) -> int:
        """How many operators the plan takes."""
        return len(self.slices) + sum(
            step is not None for step in (self.reshape, self.permute, self.merge)
        )

    def apply(self, x: torch.Tensor) -> torch.Tensor:
        """Run the plan on a tensor."""
        for axis, start, end in self.slices:
            x = x.narrow(axis, start, end - start)
        if self.reshape is not None:
            x = x.reshape(self.reshape)
        if self.permute is not None:
            x = x.permute(self.permute)
        return x if self.merge is None else x.reshape(self.merge)


def index_tensor(shape: Sequence[int]) -> torch.Tensor:
    """Return [0, 1, 2, ...] in `shape`: the tensor whose numbers are its own addresses."""
    return torch.arange(math.prod(shape)).reshape(tuple(shape))


def plan(root: Sequence[int], leaf: torch.Tensor) -> Plan | None:
    """Return the shortest plan from a tensor of shape `root` to `leaf`, or None.

    Args:
        root: The shape before the chain.
        leaf: `index_tensor(root)` after the chain.

    Returns:
        None when the chain is no view of one box (a gather, a roll, a broadcast).

    >>> plan((2, 3), index_tensor((2, 3)).T)
    Plan(slices=(), reshape=None, permute=(1, 0), merge=None)
    """
    factors = _factors(leaf)
    if factors is None:
        return None
    slices = _box(root, leaf, factors)
    if slices is None:
        return None
    box = list(root)
    for axis, start, end in slices:
        box[axis] = end - start
    candidate = _simplest(tuple(box), slices, factors, tuple(leaf.shape))
    found = candidate.apply(index_tensor(root))
    return candidate if torch.equal(found, leaf) else None


Factor = tuple[int, int]  # size, stride in the root's addresses


def _factors(leaf: torch.Tensor) -> list[list[Factor]] | None:
    """Split each axis of `leaf` into runs of constant stride, outermost first."""
    if leaf.numel() == 0:
        return None
    origin, axes, total = int(leaf.flatten()[0]), [], torch.tensor(0)
    for axis in range(leaf.ndim):
        line = leaf
        for other in reversed(range(leaf.ndim)):
            if other != axis:
                line = line.select(other, 0)
        offsets = line - origin
        total = total.unsqueeze(-1) + offsets
        runs = _runs(offsets.tolist())
        if runs is None:
            return None
        axes.append(runs)
    # The address must be the sum of what each axis contributes.
    return axes if torch.equal(total.reshape(leaf.shape) + origin, leaf) else None


def _runs(offsets: list[int]) -> list[Factor] | None:
    """Write offsets as nested runs: [0,1,2, 9,10,11] is [(2, 9), (3, 1)]."""
    factors: list[Factor] = []
    while len(offsets) > 1:
        stride = offsets[1] - offsets[0]
        length = 1
        while length < len(offsets) and offsets[length] == length * stride:
            length += 1
        if stride <= 0 or len(offsets) % length:
            return None
        factors.insert(0, (length, stride))
        blocks = offsets[::length]
        again = [block + i * stride for block in blocks for i in range(length)]
        if again != offsets:
            return None
        offsets = blocks
    return factors


def _box(
    root: Sequence[int], leaf: torch.Tensor, factors: list[list[Factor]]
) -> tuple[tuple[int, int, int], ...] | None:
    """Return the slices that cut the box `leaf` reads out of the root."""
    if len(set(leaf.flatten().tolist())) != leaf.numel():
        return None  # a broadcast
    origin, stride, slices = int(leaf.flatten()[0]), math.prod(root), []
    fine = [part for axis in factors for factor in axis for part in _cut(factor, root)]
    for axis, size in enumerate(root):
        stride //= size
        start = origin // stride % size
        length = math.prod(n for n, step in fine if stride <= step < stride * size)
        if start + length > size:
            return None
        if length < size:
            slices.append((axis, start, start + length))
    return tuple(slices)


def _cut(factor: Factor, root: Sequence[int]) -> list[Factor]:
    """Cut a factor where it crosses from one axis of the root to the next."""
    size, step = factor
    boundary, parts = 1, []
    for length in reversed(root):
        boundary *= length
        if step < boundary < step * size and boundary % step == 0:
            inner = boundary // step
            if size % inner:
                break
            parts.append((inner, step))
            size, step = size // inner, boundary
    return [*parts, (size, step)]


def _simplest(
    box: Shape, slices: tuple[tuple[int, int, int], ...], factors: list[list[Factor]], leaf: Shape
) -> Plan:
    flat = [factor for axis in factors for factor in axis]
    order = sorted(range(len(flat)), key=lambda i: -flat[i][1])
    if order == list(range(len(flat))):  # nothing changes places: one reshape does it
        return Plan(slices, None, None, None if box == leaf else leaf)
    split = tuple(flat[i][0] for i in order)
    position = {old: new for new, old in enumerate(order)}
    permute = tuple(position[i] for i in range(len(flat)))
    if _without_ones(box) == split and math.prod(leaf) == math.prod(split):
        # Keep axes of length one where they are, so that no reshape is needed.
        direct = _permute_only(box, leaf, permute)
        if direct is not None:
            return Plan(slices, None, direct, None)
        direct = _permute_then_merge(box, permute)
        return Plan(slices, None, direct, leaf)
    merged = tuple(split[i] for i in permute)
    leading = _keep_leading_one(box, split, merged, permute, leaf)
    if leading is not None:
        return Plan(slices, *leading)
    return Plan(slices, None if box == split else split, permute, None if merged == leaf else leaf)


def _without_ones(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)


def _permute_only(box: Shape, leaf: Shape, permute: Shape) -> Shape | None:
    """Return a permutation of `box`'s own axes that gives `leaf`, ones included, or None."""
    wide = [axis for axis, n in enumerate(box) if n != 1]
    ones = [axis for axis, n in enumerate(box) if n == 1]
    if len(leaf) != len(box):
        return None
    moved, result = iter(permute), []
    for n in leaf:
        if n == 1:
            if not ones:
                return None
            result.append(ones.pop(0))
        else:
            result.append(wide[next(moved)])
    return tuple(result)


def _permute_then_merge(box: Shape, permute: Shape) -> Shape:
    wide = [axis for axis, n in enumerate(box) if n != 1]
    ones = [axis for axis, n in enumerate(box) if n == 1]
    return tuple(ones + [wide[i] for i in permute])


def _keep_leading_one(
    box: Shape, split: Shape, merged: Shape, permute: Shape, leaf: Shape
) -> tuple[Shape | None, Shape, Shape | None] | None:
    """Carry a batch of one through, where that spares the last reshape.

    [1, N, C] -> [1, N, H, D] -> [1, H, N, D] instead of [N, H, D] -> [H, N, D] -> [1, H, N, D].
    """
    if leaf[0] != 1 or (1, *merged) != leaf:
        return None
    return (
        None if box == (1, *split) else (1, *split),
        (0, *(axis + 1 for axis in permute)),
        None,
    )
