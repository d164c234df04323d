"""Ask a board in one round trip what it is, which Pythons it has and what was deployed there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

from edgeattn.deploy.board import BoardFacts, Interpreter
from edgeattn.deploy.connection import Completed, Connection, last_line
from edgeattn_runtime.errors import BadEnvironment

OLDEST = (3, 8)  # what the runtime needs
NAMES = ("python3", *(f"python3.{minor}" for minor in range(14, 7, -1)), "python")

# `code` is facts.py. A board without a new enough Python still says which old ones it has, and the
# first Python that answers for the board is asked for all of it.
SCRIPT = """
code=$(cat)
cd /
echo "edgeattn-system $(uname -s) $(uname -m)"
test -e /system/build.prop && echo edgeattn-android
what=all
for name in {names}; do
  path=$(command -v "$name" 2>/dev/null) || continue
  case " $seen " in *" $path "*) continue;; esac
  seen="$seen $path"
  version=$("$path" -c 'import sys; print("%d %d" % sys.version_info[:2])' 2>/dev/null) || continue
  set -- $version
  if test "$1" -lt 3 || test "$2" -lt 8; then
    echo "edgeattn-old $1.$2 $path"
  elif "$path" -c "$code" {folder} $what "$path"; then
    what=python
  fi
done
"""


def probe(
    connection: Connection, folder: str | None = None, python: str | None = None
) -> BoardFacts:
    """Return what the board is; nothing on it is changed.

    Args:
        connection: The line to it.
        folder: Where deploys go, absolute or below the home folder; None takes the default.
        python: An interpreter there to prefer, a path or a name.

    Raises:
        BadEnvironment: It cannot be reached, has no Python 3.8, or answers nonsense.
    """
    if folder is not None and (not folder.strip() or re.search(r"[\x00-\x1f]", folder)):
        raise BadEnvironment(f"{folder!r} is no folder on a board; give --dir a path")
    names = NAMES if python is None else (python, *NAMES)
    script = SCRIPT.format(
        names=" ".join(_unexpanded(name) for name in names), folder=shlex.quote(folder or "")
    )
    code = (Path(__file__).parent / "on_board" / "facts.py").read_bytes()
    return _read(connection.run(script, stdin=code), connection.name, python)


def _unexpanded(name: str) -> str:
    """Return a word for the shell in which only a leading `~/` means something."""
    if name.startswith("~/"):
        return '"$HOME"/' + shlex.quote(name[2:])
    return shlex.quote(name)


def _read(done: Completed, name: str, wanted: str | None) -> BoardFacts:
    """Return the facts in what the probe said; other lines, such as a greeting, are left out."""
    said: dict[str, list[str]] = {}
    for line in done.text.splitlines():
        key, _, rest = line.partition(" ")
        said.setdefault(key, []).append(rest)
    if "edgeattn-system" not in said:
        raise BadEnvironment(
            f"{name} does not answer like a system with a POSIX shell ({last_line(done.stdout)}; "
            f"{done.complaint}); log in and try `sh -c 'uname -m'`"
        )
    pythons = [Interpreter.from_json(_json(text, name)) for text in said.get("edgeattn-python", ())]
    pythons = [one for one in pythons if one.version >= OLDEST]
    boards = said.get("edgeattn-board", ())
    if not pythons or not boards:
        raise _no_python(name, said, done)
    if wanted is not None and not pythons[0].path.endswith(wanted.lstrip("~")):
        raise BadEnvironment(
            f"{name} has no Python 3.8 or newer at {wanted}; it has "
            + ", ".join(f"{one.path} ({one.short})" for one in pythons)
        )
    return BoardFacts.from_json(_json(boards[0], name), pythons)


def _no_python(name: str, said: dict[str, list[str]], done: Completed) -> BadEnvironment:
    old = [last_line(text) for text in said.get("edgeattn-old", ()) if text]
    if old:
        found = ", ".join(f"{text.partition(' ')[2]} is {text.partition(' ')[0]}" for text in old)
        return BadEnvironment(
            f"{name} has no Python 3.8 or newer, which the runtime needs ({found}); install one "
            "beside it and name it with --python PATH"
        )
    if "edgeattn-android" in said:
        return BadEnvironment(
            f"{name} is an Android device without Python, which the runtime needs: put an "
            "interpreter with NumPy and an engine below /data/local/tmp and name it with --python "
            "PATH, or run the bundle's .tflite file inside an app"
        )
    if "edgeattn-python" in said:
        return BadEnvironment(f"{name} cannot say what it is: {done.complaint}")
    return BadEnvironment(
        f"{name} has no Python, which the runtime needs: `sudo apt install python3` there, or name "
        "one that is not on its PATH with --python PATH"
    )


def _json(text: str, name: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadEnvironment(
            f"{name} answers the probe with something that is no JSON ({error}); "
            "does something it runs at login write to standard output?"
        ) from error
    if not isinstance(read, dict):
        raise BadEnvironment(f"{name} answers the probe with a {type(read).__name__}")
    return read
