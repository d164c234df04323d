"""Import a user's file or module, and leave the interpreter as it was."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import torch

from edgeattn_runtime.errors import BrokenModel


@contextlib.contextmanager
def user_code(place: str) -> Iterator[ModuleType]:
    """Yield the module at `place`, a `.py` file or a dotted name.

    Inside the block the file's own folder (or, for a dotted name, the working folder) is
    importable, so its neighbours are found, also by imports inside functions. Afterwards
    `sys.path` is as before and the neighbours are forgotten: two projects may both have a
    `layers.py`. What the code prints goes to stderr, because stdout carries results.
    """
    is_file = place.endswith(".py")
    folder = Path(place).expanduser().resolve().parent if is_file else Path.cwd()
    path_before, modules_before = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield _import_file(Path(place).expanduser()) if is_file else _import_name(place)
    finally:
        sys.path[:] = path_before
        _forget(folder, modules_before)


def told_by(error: BaseException) -> str:
    """Return an error of the user's code in one line, with the place it came from."""
    lines = str(error).strip().splitlines()
    # A first line that ends in a colon, as load_state_dict writes it, only announces the second.
    said = (
        " ".join(line.strip() for line in lines[: 2 if lines[0].endswith(":") else 1])
        if lines
        else ""
    )
    message = f"{type(error).__name__}: {said}" if said else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    foreign = ("<", str(Path(__file__).parent), str(Path(torch.__file__).parent))
    own = [frame for frame in frames if not frame.filename.startswith(foreign)]
    place = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return message + place


def _import_file(path: Path) -> ModuleType:
    if path.is_dir():
        raise BrokenModel(f"{path} is a folder; name the .py file inside it")
    if not path.is_file():
        near = sorted(file.name for file in path.parent.glob("*.py"))[:5]
        beside = f"; beside it lie {', '.join(near)}" if near else "; check the path"
        raise BrokenModel(f"{path} does not exist{beside}")
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    # An own name: a user's `random.py` must not become the standard library's.
    name = f"edgeattn_user_{path.stem}_{digest}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, path
    assert spec.loader is not None, path
    code = importlib.util.module_from_spec(spec)
    sys.modules[name] = code  # dataclasses look their module up while it is being made
    try:
        spec.loader.exec_module(code)
    except SyntaxError as error:
        where = f"{Path(error.filename or path).name}, line {error.lineno}"
        raise BrokenModel(f"{path.name} is not valid Python: {error.msg} ({where})") from error
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise BrokenModel(f"importing {path.name} raised {told_by(error)}") from error
    return code


def _import_name(name: str) -> ModuleType:
    if name.startswith("."):
        raise BrokenModel(f"{name} is relative to nothing; write the full package.module:FACTORY")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise BrokenModel(
                f"there is no module {error.name} in the working folder or installed; write "
                "package.module:FACTORY, or path/to/file.py:FACTORY"
            ) from error
        raise BrokenModel(f"importing {name} raised {told_by(error)}") from error
    except (Exception, SystemExit) as error:
        raise BrokenModel(f"importing {name} raised {told_by(error)}") from error


def _forget(folder: Path, before: set[str]) -> None:
    """Drop modules that were loaded from `folder` since `before`; their classes live on."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        own_name = name.startswith("edgeattn_user_")
        installed = file is not None and "site-packages" in file
        if file and not own_name and not installed and Path(file).resolve().is_relative_to(folder):
            del sys.modules[name]
