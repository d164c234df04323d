"""What the clock of this machine counts: time, or the instructions of an emulated CPU.

QEMU with `-icount shift=0` moves the guest's clock by 1 ns for every instruction. What our code
reads as milliseconds there are millions of instructions: exact ratios between two models on one
core, and no word about how long a real board takes. Nothing inside the guest shows it, so whoever
starts it says so: EDGEATTN_CLOCK=instructions.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from edgeattn_runtime.errors import BadEnvironment, BadUsage

WALL, INSTRUCTIONS = "wall", "instructions"
VARIABLE = "EDGEATTN_CLOCK"


def clock_kind(environment: Mapping[str, str] | None = None) -> str:
    """Return "wall" or "instructions".

    Raises:
        BadEnvironment: EDGEATTN_CLOCK says something else.
    """
    said = (os.environ if environment is None else environment).get(VARIABLE) or WALL
    if said not in (WALL, INSTRUCTIONS):
        raise BadEnvironment(
            f"{VARIABLE} is {said!r}; set it to {WALL} or {INSTRUCTIONS}, or remove it"
        )
    return said


def refuse_without_time(what: str) -> None:
    """Refuse what needs a clock that tells time: "--sustained and --energy".

    Raises:
        BadUsage: This machine's clock counts instructions.
    """
    if clock_kind() == INSTRUCTIONS:
        raise BadUsage(
            f"{what} needs time, and {VARIABLE}={INSTRUCTIONS} says that this clock counts "
            "instructions; leave it out, or measure on a real board"
        )
