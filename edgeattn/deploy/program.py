"""A module of `on_board` as something a board can run that has nothing but Python.

A short `python3 -c` reads the modules from the start of its input, so that no command line grows
long, nothing is left behind, and the rest of the input is the module's own.
"""

from __future__ import annotations

import functools
import json
import shlex
import zlib
from pathlib import Path

PACKAGE = "edgeattn.deploy.on_board"
# Each below what it imports.
ORDER = ("folder", "release", "engine", "receive", "remove", "attend", "prove")
BOOT = """import json,os,sys,types,zlib
code=b""
while len(code)<{length}:
    code+=os.read(0,{length}-len(code)) or sys.exit("the line ended before the program")
for name,text in json.loads(zlib.decompress(code)):
    module=types.ModuleType(name)
    sys.modules[name]=module
    exec(compile(text,name,"exec"),module.__dict__)
sys.exit(sys.modules[{module!r}].main(sys.argv[1:]))
"""


def program(python: str, module: str, *words: str) -> tuple[str, bytes]:
    """Return the command that runs a module of `on_board`, and what its input starts with.

    Args:
        python: The board's interpreter.
        module: One of `ORDER`.
        words: Its arguments.
    """
    code = _code()
    boot = BOOT.format(length=len(code), module=f"{PACKAGE}.{module}")
    return shlex.join([python, "-I", "-c", boot, *words]), code


@functools.cache
def _code() -> bytes:
    folder = Path(__file__).parent / "on_board"
    texts = [
        (f"{PACKAGE}.{name}", (folder / f"{name}.py").read_text(encoding="utf-8")) for name in ORDER
    ]
    return zlib.compress(json.dumps(texts).encode(), 9)
