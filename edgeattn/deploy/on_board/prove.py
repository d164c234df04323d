"""Check a new release as long as somebody waits; where it fails, go back to the one before.

So what the board's programs open is a release that held its gates, also after a bad one was sent.
The bad one stays until the next deploy, to be looked at.
"""

from __future__ import annotations

import os
import sys

from edgeattn.deploy.on_board.attend import attend
from edgeattn.deploy.on_board.folder import locked
from edgeattn.deploy.on_board.release import step_back

BACK = "edgeattn: in use again: "  # on stderr, then the release


def prove(place: str, words: list[str], source: int = 0) -> int:
    """Run the check `words` of the release at `place`; return its exit code."""
    code = attend(words, source)
    if code != 0:
        with locked(os.path.dirname(os.path.dirname(place))):
            before = step_back(place)
        if before is not None:
            sys.stderr.write(f"{BACK}{before}\n")
    return code


def main(words: list[str]) -> int:
    """Prove the release named first with the program that follows."""
    code = prove(words[0], words[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the thread that reads stdin would keep the interpreter waiting
