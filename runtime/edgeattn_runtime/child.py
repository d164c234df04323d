"""Measure in a process of its own: what one candidate needs, without anybody's leftovers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgeattn_runtime.errors import BadEnvironment

TIMEOUT_S = 300

# `-m` would look into the current folder first, where a folder of that name may lie.
CHILD = """\
import sys
sys.path[0] = sys.argv.pop(1)
from importlib import import_module
sys.exit(import_module(sys.argv.pop(1)).main())
"""


def measure_in_child(module: str, arguments: Sequence[str], *, what: str) -> Any:
    """Run `main()` of a module in a fresh interpreter; return the JSON object that it prints.

    Args:
        module: A module of this package, by its full name.
        arguments: Its command line.
        what: What is measured, for the error: "the memory of model.onnx".

    Raises:
        BadEnvironment: The child could not run: out of memory, or the engine crashed.
    """
    import subprocess  # costs milliseconds that `import edgeattn_runtime` does without

    # The package's parent folder, or the zipapp, whichever this module came from.
    home = os.fspath(Path(__file__).resolve().parent.parent)
    try:
        child = subprocess.run(
            [sys.executable, "-c", CHILD, home, module, *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadEnvironment(f"cannot measure {what}: {error}") from error
    if child.returncode:
        said = child.stderr.strip().splitlines()
        words = said[-1] if said else "without a word; was it killed for want of free memory?"
        raise BadEnvironment(
            f"the process that measures {what} ended with {child.returncode}: {words}"
        )
    return json.loads(child.stdout)
