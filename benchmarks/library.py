"""Open files with and without edgeattn-kernels, in one process."""

from __future__ import annotations

from edgeattn_runtime.kernels import without_kernels as without_library

__all__ = ["WITH", "without_library"]

WITH = " with edgeattn-kernels"
"""Ends the name of a file that was opened with the library."""
