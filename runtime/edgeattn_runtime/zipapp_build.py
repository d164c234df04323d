"""Pack the runtime into one file that any board with Python, NumPy and an engine can run.

    python -m edgeattn_runtime.zipapp_build edgeattn.pyz     here
    python3 edgeattn.pyz check BUNDLE                        on the board

The format is that of the standard library's `zipapp`: a first line naming the interpreter, then a
zip whose `__main__.py` starts the program. `zipapp` itself stores file times; here every entry gets
the same one, so that the same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import zipfile
from pathlib import Path

from edgeattn_runtime.errors import BadEnvironment, EdgeattnError

INTERPRETER = b"#!/usr/bin/env python3\n"

# Readable for any Python, so that a board that cannot run the rest says so in one line.
START = b"""import sys


def refuse(sentence):
    sys.stderr.write("error: " + sentence + "\\n")
    sys.exit(3)


if sys.version_info < (3, 8):
    refuse("edgeattn_runtime needs Python 3.8 or newer, this is %d.%d; install a newer Python, "
           "for example with `apt install python3.8`" % sys.version_info[:2])
try:
    import numpy
except ImportError:
    refuse("NumPy is missing; `pip install numpy` or `apt install python3-numpy` adds it")
from edgeattn_runtime.cli import main
sys.exit(main())
"""


def build_zipapp(out: Path) -> Path:
    """Write the runtime as one executable .pyz and return its path.

    Raises:
        BadEnvironment: The runtime itself runs from a zip, or `out` cannot be written.
    """
    package = Path(__file__).parent
    if not package.is_dir():
        raise BadEnvironment(f"{package} is inside a zip already; copy that file instead")
    sources = sorted(package.rglob("*.py"))
    beside = out.with_name(out.name + ".part")
    try:
        with beside.open("wb") as file:
            file.write(INTERPRETER)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                _add(archive, "__main__.py", START)
                for source in sources:
                    name = source.relative_to(package.parent).as_posix()
                    _add(archive, name, source.read_bytes())
        beside.chmod(0o755)
        os.replace(beside, out)
    except OSError as error:
        with contextlib.suppress(OSError):  # a place that is no folder has nothing to remove
            beside.unlink()
        raise BadEnvironment(
            f"cannot write {out}: {error.strerror}; choose another place"
        ) from error
    return out


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file with fixed time and rights."""
    entry = zipfile.ZipInfo(name)  # its default time is 1980-01-01
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def main(arguments: list[str] | None = None) -> int:
    """Build the app from the command line; print where it is."""
    parser = argparse.ArgumentParser(prog="python -m edgeattn_runtime.zipapp_build")
    parser.add_argument("out", type=Path, help="The file to write, such as edgeattn.pyz.")
    options = parser.parse_args(arguments)
    try:
        path = build_zipapp(options.out)
    except EdgeattnError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"{path}, {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
