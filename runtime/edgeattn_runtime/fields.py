"""Take fields out of a JSON object that somebody else wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from edgeattn_runtime.errors import BrokenBundle

Kind = TypeVar("Kind")


def take(read: Mapping[str, Any], key: str, kind: type[Kind]) -> Kind:
    """Return read[key] when it is there and of the right JSON type.

    Raises:
        BrokenBundle: It is missing, or something else (true is no number).
    """
    if not isinstance(read, Mapping):
        raise BrokenBundle(f"manifest.json holds {read!r} where an object with {key!r} belongs")
    if key not in read:
        raise BrokenBundle(f"manifest.json has no {key!r}; convert the model again")
    value = read[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BrokenBundle(f"manifest.json has {key} = {value!r}, which is no {kind.__name__}")
    return value


def take_list(read: Mapping[str, Any], key: str, kind: type[Kind]) -> tuple[Kind, ...]:
    """Return read[key] when it is a list of `kind`."""
    values: list[Any] = take(read, key, list)
    for value in values:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BrokenBundle(f"manifest.json has {value!r} in {key}, which is no {kind.__name__}")
    return tuple(values)
