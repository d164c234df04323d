"""Refuse one form of an operator that TFLite knows in others."""

from __future__ import annotations

from typing import NoReturn

from torch import fx

from edgeattn_runtime.errors import CannotConvert


def refuse(node: fx.Node, why: str, remedy: str) -> NoReturn:
    """Raise CannotConvert: which operator, in which layer, why, and what to do instead."""
    layer = node.meta.get("layer") or "the top level"
    raise CannotConvert(f"{node.target} ({node.name}, in {layer}) {why}; {remedy}")
