"""Templates -> source files: Jinja in delimiters that no target language uses.

    @{ kit.names.type }@      a value
    {% for label in ... %}    a block, on a line of its own
    {# ... #}                 a remark that stays behind

A path below templates/TARGET is the path in the kit, without its `.j2`; `NAME` in it becomes the
snake-case name, `Type` the class's.
"""

from __future__ import annotations

import re
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
    environment.filters["remark"] = remark
    environment.filters["cpp_string"] = cpp_string
    environment.filters["braced"] = braced
    environment.filters["kotlin_string"] = kotlin_string
    environment.filters["swift_string"] = swift_string
    return environment


def remark(text: str) -> str:
    r"""Return a stranger's text as a comment or a README may hold it: words and little else.

    A line break, or what ends a comment, would turn the rest of a label into code.

    >>> remark("thumbs up\n#error */ `x`")
    'thumbs up error x'
    """
    return " ".join(re.sub(r"[^\w .,:()\[\]-]", " ", text).split())


def cpp_string(text: str) -> str:
    r"""Return a string literal of C++: UTF-8, everything unusual in octal.

    >>> cpp_string('thumbs "up" ü')
    '"thumbs \\"up\\" \\303\\274"'
    """
    # Two question marks begin a trigraph.
    plain = {ord('"'): '\\"', ord("\\"): "\\\\", ord("?"): "\\077"}
    letters = (
        plain.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
        for byte in text.encode()
    )
    return f'"{"".join(letters)}"'


def kotlin_string(text: str) -> str:
    r"""Return a string literal of Kotlin: everything unusual as UTF-16 escapes.

    >>> kotlin_string('$5 "ü"')
    '"\\$5 \\"\\u00fc\\""'
    """
    plain = {'"': '\\"', "\\": "\\\\", "$": "\\$"}
    letters = (
        plain.get(letter) or (letter if " " <= letter <= "~" else _utf16_escapes(letter))
        for letter in text
    )
    return f'"{"".join(letters)}"'


def swift_string(text: str) -> str:
    r"""Return a string literal of Swift: everything unusual as a scalar in braces.

    >>> swift_string('\\(x) "ü"')
    '"\\\\(x) \\"\\u{fc}\\""'
    """
    plain = {'"': '\\"', "\\": "\\\\"}
    letters = (
        plain.get(letter) or (letter if " " <= letter <= "~" else f"\\u{{{ord(letter):x}}}")
        for letter in text
    )
    return f'"{"".join(letters)}"'


def braced(numbers: Any) -> str:
    """Return numbers as C++ lists them: `{1, 3, 64, 64}`."""
    return "{" + ", ".join(map(str, numbers)) + "}"


def _utf16_escapes(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


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
