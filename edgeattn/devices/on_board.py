"""Measure a core's roofs with what a board has: its Python, and NumPy where it is installed.

Sent as text to the board's own Python (3.8 and later, standard library) and never installed there.
Prints one JSON object: `memcpy_gb_per_s` (bytes read and written), `memcpy_mib` (how much was
copied), `sgemm_gops_per_s` (None without NumPy), `numpy`. The fastest of many rounds counts: a roof
is what the machine can do undisturbed.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable
from typing import Any

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
COPY_BYTES = 32 << 20  # at least: beyond the caches of the boards that this is for
SIDE = 384  # of square matrices: three of them are 1.8 MB
SECONDS = 1.0  # for each roof


def fastest_s(run: Callable[[], Any], seconds: float) -> float:
    """Return the shortest of many runs in seconds."""
    run()
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until or best == float("inf"):
        before = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - before)
    return best


def beyond_cache_bytes(folder: str = "/sys/devices/system/cpu/cpu0/cache") -> int:
    """Return how much to copy: twice the largest cache, and no more than an eighth of memory."""
    largest = 0
    for index in range(8):
        try:
            with open(os.path.join(folder, f"index{index}", "size")) as file:
                found = re.match(r"(\d+)([KM])", file.read())
        except OSError:
            break
        if found:
            largest = max(largest, int(found.group(1)) << {"K": 10, "M": 20}[found.group(2)])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(max(COPY_BYTES, 2 * largest), memory // 8)


def memcpy_gb_per_s(size: int | None = None, seconds: float = SECONDS) -> float:
    """Return the bandwidth of copying, each byte read and written."""
    size = beyond_cache_bytes() if size is None else size
    source, target = bytearray(b"\1") * size, bytearray(size)

    def copy() -> None:
        target[:] = source

    return 2 * size / fastest_s(copy, seconds) / 1e9


def sgemm_gops_per_s(side: int = SIDE, seconds: float = SECONDS) -> float | None:
    """Return the float32 operations of a matrix product in one second; None without NumPy."""
    try:
        import numpy as np
    except ImportError:
        return None
    left = np.linspace(0, 1, side * side, dtype=np.float32).reshape(side, side)
    right = np.ascontiguousarray(left.T)
    result = np.empty_like(left)
    return float(2 * side**3 / fastest_s(lambda: np.dot(left, right, out=result), seconds) / 1e9)


def numpy_version() -> str | None:
    """Return NumPy's version; None without it."""
    try:
        import numpy as np
    except ImportError:
        return None
    return str(np.__version__)


def main() -> None:
    """Measure and answer."""
    os.environ.update({name: "1" for name in ONE_THREAD})  # before NumPy loads its library
    size = beyond_cache_bytes()
    answer = {
        "memcpy_gb_per_s": memcpy_gb_per_s(size),
        "memcpy_mib": size / (1 << 20),
        "sgemm_gops_per_s": sgemm_gops_per_s(),
        "numpy": numpy_version(),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
