"""Text from files, fit to be shown: names and labels may be a stranger's.

A label that holds an escape sequence could move the cursor, recolour what follows or rewrite the
verdict above it (CWE-150); one that turns the direction of writing could show a name backwards.
"""

from __future__ import annotations

import re

# C0 without tab and newline, DEL, C1 (ECMA-48); Unicode's overrides of direction (UAX 9).
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def displayable(text: str) -> str:
    r"""Return `text` with U+FFFD for every character that would steer a terminal.

    >>> displayable("thumbs up\x1b[2J\r")
    'thumbs up�[2J�'
    """
    return STEERING.sub("\ufffd", text)
