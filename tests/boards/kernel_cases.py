"""Calls of the kernels that a board computes; read on both sides, so it needs only NumPy.

python -m tests.boards.kernel_cases FILE INSTRUCTION_SET...     computes them into FILE (.npz)
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.runtime.kernels.cases import Case, drawn, plain

Array = npt.NDArray[Any]
SEEDS = range(40)
EXTREMES = (-128, 127)


def cases() -> list[Case]:
    """Return the usual shapes, numbers at their ends, and drawn calls."""
    usual = [
        plain(2, 64, 64, 32),
        plain(1, 53, 196, 32),
        plain(1, 50, 197, 64),
        plain(3, 9, 31, 20),
    ]
    lengths = [plain(2, queries, 65, 37) for queries in (1, 2, 3, 5)]
    return [*usual, *lengths, *_saturated(), *map(drawn, SEEDS)]


def _saturated() -> list[Case]:
    """Every product as large as it gets, of either sign; all weights the same, or one alone."""
    found = []
    for q, k, v in np.ndindex(2, 2, 2):
        query, key, value = (
            np.full((1, 1, rows, 48), EXTREMES[which], np.int8)
            for rows, which in ((6, q), (70, k), (70, v))
        )
        key[0, 0, 33] += 1 if k == 0 else -1
        options = {"score_scale": np.float32(1e-3), "v_scale": np.float32(0.5)}
        found.append(Case(query, key, value, options))
    return found


def norms() -> list[tuple[Array, dict[str, Any]]]:
    """Return what is normalised, float and whole, of lengths around those of registers."""
    random = np.random.default_rng(0)
    found: list[tuple[Array, dict[str, Any]]] = []
    for width in (1, 15, 16, 17, 192, 1100):
        options = {"y_scale": 0.02, "y_zero_point": 119, "x_scale": 0.031, "x_zero_point": 77}
        affine = random.normal(1, 0.3, (2, width)).astype(np.float32)
        found.append((random.standard_normal((7, width)).astype(np.float32), options))
        whole = random.integers(0, 256, (7, width)).astype(np.uint8)
        found.append((whole, {**options, "gamma": affine[0], "beta": affine[1]}))
    return found


def looked_up() -> tuple[Array, Array]:
    """Return a table, and every number at every place of a register."""
    random = np.random.default_rng(0)
    return random.permutation(256).astype(np.uint8), np.resize(np.arange(256), 4099).astype("uint8")


def computed(names: list[str]) -> dict[str, Array]:
    """Return what every instruction set computes, by its name and the case's number."""
    import edgeattn_kernels

    found = {"best": np.array(edgeattn_kernels.instruction_set())}
    for name in names:
        edgeattn_kernels.choose_instruction_set(name)
        for i, case in enumerate(cases()):
            found[f"{name}/{i}"] = edgeattn_kernels.attention(
                case.q, case.k, case.v, **case.options
            )
        for i, (x, options) in enumerate(norms()):
            found[f"{name}/norm/{i}"] = edgeattn_kernels.layer_norm(x, **options)
        found[f"{name}/table"] = edgeattn_kernels.look_up(*looked_up())
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], allow_pickle=False, **computed(sys.argv[2:]))
