"""Warnings of third parties that the user of a command can do nothing about.

Each is named by how its message begins, its category and the reason it may be muted; anything else
that a library warns of is still shown. `-v` shows them all.
"""

from __future__ import annotations

import re
import warnings
from typing import NamedTuple


class Noise(NamedTuple):
    """A warning that is muted on the command line."""

    message: str  # its beginning, character by character
    category: type[Warning]
    reason: str


NOISE: tuple[Noise, ...] = (
    Noise(
        "Exporting a model while it is in training mode.",
        UserWarning,
        "torch.onnx.export looks at a flag of the exported program's wrapper; the program itself "
        "was captured in eval mode and has no other",
    ),
)


def mute_third_parties() -> None:
    """Ignore every warning in `NOISE`; call it inside `warnings.catch_warnings()`."""
    for noise in NOISE:
        warnings.filterwarnings("ignore", message=re.escape(noise.message), category=noise.category)
