"""Random samples, for trying a conversion without data; never for an accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.port import Port


def random_data(inputs: Sequence[Port], n: int, seed: int = 0) -> Data:
    """Return `n` samples of noise that fit `inputs`; only `--allow-random` asks for them.

    Floats are normal with unit variance; whole numbers are 0 or 1, which every vocabulary and
    every mask takes.
    """
    if n < 1:
        raise BadUsage(f"{n} random samples were asked for; take at least 1")
    generator = np.random.default_rng(seed)
    x: dict[str, NDArray[Any]] = {}
    for port in inputs:
        shape = (n, *port.shape[1:])
        if np.dtype(port.dtype).kind == "f":
            x[port.name] = generator.standard_normal(shape, np.float32).astype(port.dtype)
        else:
            x[port.name] = generator.integers(0, 2, shape).astype(port.dtype)
    return Data(x, None, None, "random noise")
