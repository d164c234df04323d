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
    slices = _box(root, leaf)
    if slices is None:
        return None
    box = list(root)
    for axis, start, end in slices:
        box[axis] = end - start
    inside = _within(root, slices, leaf)
    factors = _factors(inside)
    if factors is None:
        return None
    forms = (form(tuple(box), tuple(leaf.shape), factors) for form in _FORMS)
    plans = [Plan(slices, *form) for form in forms if form is not None]
    exact = [p for p in plans if torch.equal(p.apply(index_tensor(root)), leaf)]
    return min(exact, key=lambda p: p.steps, default=None)


def _box(root: Sequence[int], leaf: torch.Tensor) -> tuple[tuple[int, int, int], ...] | None:
    """Return the slices that cut the box `leaf` reads out of the root, or None if it is no box."""
    addresses = leaf.flatten().tolist()
    if not addresses or len(set(addresses)) != len(addresses):
        return None  # nothing, or a broadcast
    slices, volume = [], 1
    for axis, places in enumerate(torch.unravel_index(leaf.flatten(), tuple(root))):
        start, end = int(places.min()), int(places.max()) + 1
        volume *= end - start
        if end - start < root[axis]:
            slices.append((axis, start, end))
    return tuple(slices) if volume == len(addresses) else None


def _within(
    root: Sequence[int], slices: tuple[tuple[int, int, int], ...], leaf: torch.Tensor
) -> torch.Tensor:
    """Return `leaf` in addresses of the box instead of the root."""
    cut = Plan(slices, None, None, None).apply(index_tensor(root)).flatten()
    address = torch.zeros(math.prod(root), dtype=torch.int64)
    address[cut] = torch.arange(len(cut))
    return address[leaf]


Factor = tuple[int, int]  # size, stride in the box's addresses


def _factors(leaf: torch.Tensor) -> list[list[Factor]] | None:
    """Split each axis of `leaf` into runs of constant stride, outermost first."""
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


Form = tuple["Shape | None", "Shape | None", "Shape | None"]  # reshape, permute, merge


def _reshape_only(box: Shape, leaf: Shape, factors: list[list[Factor]]) -> Form | None:
    """Nothing changes places: one reshape does it, or none."""
    strides = [stride for axis in factors for _, stride in axis]
    if strides != sorted(strides, reverse=True):
        return None
    return None, None, None if box == leaf else leaf


def _permute_first(box: Shape, leaf: Shape, factors: list[list[Factor]]) -> Form | None:
    """Move whole axes of the box, those of length one too, and reshape what became neighbours."""
    joined = _joined([factor for axis in factors for factor in axis])
    fine = [part for factor in joined for part in _cut(factor, box)]
    axes = {stride: axis for axis, stride in enumerate(_strides(box)) if box[axis] > 1}
    if [size for size, _ in fine] != [box[axes[s]] for _, s in fine if s in axes]:
        return None
    wide = iter(axes[stride] for _, stride in fine)
    ones = [axis for axis, length in enumerate(box) if length == 1]
    if _without_ones(leaf) == tuple(size for size, _ in fine) and len(leaf) == len(box):
        return None, tuple(ones.pop(0) if n == 1 else next(wide) for n in leaf), None
    return None, (*ones, *wide), leaf


def _permute_last(box: Shape, leaf: Shape, factors: list[list[Factor]]) -> Form | None:
    """Split the box so that its parts, moved, are the axes of the leaf: no merging after."""
    if any(len(axis) > 1 for axis in factors):
        return None
    stride = [axis[0][1] if axis else math.prod(box) for axis in factors]
    order = sorted(range(len(leaf)), key=lambda axis: -stride[axis])
    split = tuple(leaf[axis] for axis in order)
    permute = tuple(order.index(axis) for axis in range(len(leaf)))
    return None if split == box else split, permute, None


def _permute_between(box: Shape, leaf: Shape, factors: list[list[Factor]]) -> Form | None:
    """Split the box into as few factors as move on their own, move them, and merge them."""
    flat = _joined([factor for axis in factors for factor in axis])
    order = sorted(range(len(flat)), key=lambda i: -flat[i][1])
    split = tuple(flat[i][0] for i in order)
    permute = tuple(order.index(i) for i in range(len(flat)))
    return split, permute, leaf


_FORMS = (_reshape_only, _permute_first, _permute_last, _permute_between)


def _joined(factors: list[Factor]) -> list[Factor]:
    """Join neighbours that lie one after the other: [(2, 12), (4, 3)] is [(8, 3)]."""
    joined: list[Factor] = []
    for size, stride in factors:
        if joined and joined[-1][1] == size * stride:
            size *= joined.pop()[0]
        joined.append((size, stride))
    return joined


def _strides(shape: Shape) -> list[int]:
    """Return how far apart neighbours on each axis lie in memory."""
    return [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]


def _cut(factor: Factor, box: Shape) -> list[Factor]:
    """Cut a factor where it crosses from one axis of the box to the next, outermost first."""
    size, step = factor
    boundary, parts = 1, list[Factor]()
    for length in reversed(box):
        boundary *= length
        if step < boundary < step * size and boundary % step == 0:
            inner = boundary // step
            if size % inner:
                break
            parts.insert(0, (inner, step))
            size, step = size // inner, boundary
    return [(size, step), *parts]


def _without_ones(shape: Shape) -> Shape:
    return tuple(n for n in shape if n != 1)
