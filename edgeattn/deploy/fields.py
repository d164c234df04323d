"""Take fields out of what a board said: nothing it says is used before it went through here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from edgeattn_runtime.errors import BadEnvironment

LONGEST_TEXT = 500
LONGEST_LIST = 4096


def strange(key: str, value: Any) -> BadEnvironment:
    """Return the error for an answer that cannot be."""
    shown = clean(repr(value))[:80]
    return BadEnvironment(
        f"the board answers the probe with {key} = {shown}, which cannot be; "
        "does something it runs at login write to standard output?"
    )


def clean(text: str) -> str:
    """Return text that a terminal can show, at most so long."""
    return re.sub(r"[^\x20-\x7e\u00a0-\ufffc]", "", text)[:LONGEST_TEXT]


def text(read: Mapping[str, Any], key: str) -> str:
    """Return a string that is not empty, fit for a terminal."""
    value = read.get(key)
    if not isinstance(value, str) or not value:
        raise strange(key, value)
    return clean(value)


def text_or_none(read: Mapping[str, Any], key: str) -> str | None:
    """Return a string; None where the board does not know."""
    return None if read.get(key) in (None, "") else text(read, key)


def absolute_path(read: Mapping[str, Any], key: str) -> str:
    """Return an absolute path, refused when anything had to be taken out of it."""
    value = text(read, key)
    if value != read[key] or not value.startswith("/"):
        raise strange(key, read[key])
    return value


def plain_name(read: Mapping[str, Any], key: str) -> str:
    """Return a name that is one plain component of a path."""
    value = text(read, key)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*", value):
        raise strange(key, value)
    return value


def number(read: Mapping[str, Any], key: str) -> int:
    """Return a whole number from 0 on."""
    value = read.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 62:
        raise strange(key, value)
    return value


def number_or_none(read: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number; None where the board does not know."""
    return None if read.get(key) is None else number(read, key)


def mapping(read: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return an object of at most `LONGEST_LIST` entries."""
    value = read.get(key) if isinstance(read, Mapping) else None
    if not isinstance(value, dict) or len(value) > LONGEST_LIST:
        raise strange(key, value)
    return value


def items(read: Mapping[str, Any], key: str, kind: type | None = None) -> Sequence[Any]:
    """Return a list of at most `LONGEST_LIST` entries, all of a kind."""
    value = read.get(key)
    if not isinstance(value, list) or len(value) > LONGEST_LIST:
        raise strange(key, value)
    if kind is not None and any(
        not isinstance(one, kind) or isinstance(one, bool) for one in value
    ):
        raise strange(key, value)
    return value
