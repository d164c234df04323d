"""What the library refuses, as an error that says why."""

from __future__ import annotations


class Refused(ValueError):  # noqa: N818 - it states the fault, as the names in edgeattn do
    """The library did not compute; `status` is an edgeattn_status of edgeattn_kernels.h."""

    def __init__(self, status: int, text: str) -> None:
        """Keep the number beside the library's own sentence."""
        super().__init__(f"edgeattn-kernels refused: {text} (status {status})")
        self.status = status
