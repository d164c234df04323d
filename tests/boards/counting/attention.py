"""Run attention cores between marks that the emulator counts: the board's side of `attention`.

attention.py MODEL...      every model: one warm-up, then two runs; prints who computed
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from edgeattn_runtime.session import open_session
from tests.boards.counting.on_board import mark


def main():
    for number, name in enumerate(sys.argv[1:]):
        session = open_session(Path(name), threads=1)
        random = np.random.default_rng(0)
        inputs = {}
        for port in session.inputs:
            # A deviation of 40 steps of 0.03 in 8 bits, as trained heads have; the same in float.
            drawn = random.normal(0, 1.2, port.shape)
            levels = (drawn / 0.03 + 128).round().clip(0, 255)
            integers = np.dtype(port.dtype) == np.uint8
            inputs[port.name] = (levels if integers else drawn).astype(port.dtype)
        session.bind(inputs)
        session.invoke()
        mark(2 * number)
        session.invoke()
        mark(2 * number + 1)
        sys.stdout.write(f"{session.kernels}\n")


if __name__ == "__main__":
    main()
