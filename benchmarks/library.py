"""Open files with and without edgeattn-kernels, in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from edgeattn_runtime.kernels import OFF, SWITCH

WITH = " with edgeattn-kernels"
"""Ends the name of a file that was opened with the library."""


@contextmanager
def without_library() -> Iterator[None]:
    """Switch the library off for a while."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = OFF
    try:
        yield
    finally:
        del os.environ[SWITCH]
        if before is not None:
            os.environ[SWITCH] = before
