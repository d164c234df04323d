"""Templates -> source files: Jinja in delimiters that no target language uses.

    @{ kit.names.type }@      a value
    {% for label in ... %}    a block, on a line of its own
    {# ... #}                 a remark that stays behind

A path below templates/TARGET is the path in the kit, without its `.j2`; `NAME` in it becomes the
snake-case name, `Type` the class's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from edgeattn.embed.kit import Kit

if TYPE_CHECKING:
    from jinja2 import Environment


def render(target: str, kit: Kit, facts: Mapping[str, Any]) -> dict[str, bytes]:
    """Return every file of templates/TARGET, filled in.

    Args:
        target: A folder of templates.
        kit: As `kit` in every template.
        facts: What else the templates name.
    """
    found = {}
    for name in _templates(target):
        text = _environment().get_template(f"{target}/{name}").render(kit=kit, **facts)
        place = name.removesuffix(".j2").replace("NAME", kit.names.snake)
        found[place.replace("Type", kit.names.type)] = text.encode()
    return found


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("edgeattn.embed", "templates"),
        undefined=StrictUndefined,
        variable_start_string="@{",
        variable_end_string="}@",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # no HTML; strings go through the filters below
    )
    environment.filters["cpp_string"] = cpp_string
    environment.filters["braced"] = braced
    return environment


def cpp_string(text: str) -> str:
    r"""Return a string literal of C++: UTF-8, everything unusual in octal.

    >>> cpp_string('thumbs "up" ü')
    '"thumbs \\"up\\" \\303\\274"'
    """
    plain = {ord('"'): '\\"', ord("\\"): "\\\\"}
    letters = (
        plain.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
        for byte in text.encode()
    )
    return f'"{"".join(letters)}"'


def braced(numbers: Any) -> str:
    """Return numbers as C++ lists them: `{1, 3, 64, 64}`."""
    return "{" + ", ".join(map(str, numbers)) + "}"


def _templates(target: str) -> list[str]:
    root = resources.files("edgeattn.embed") / "templates" / target
    found: list[str] = []

    def walk(folder: Any, prefix: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda one: one.name):
            path = f"{prefix}{entry.name}"
            if entry.is_dir():
                walk(entry, f"{path}/")
            else:
                found.append(path)

    walk(root, "")
    return found
