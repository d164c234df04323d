"""Calls of the fused attention that a board computes; read on both sides, so it needs only NumPy.

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
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], allow_pickle=False, **computed(sys.argv[2:]))
