"""Recipes: what the user wants. What an engine can run fast is a policy (policy.py)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a float model becomes an integer one.

    Attributes:
        name: How reports call it.
        int8: False leaves every operator float.
        keep_float: Layer names that stay float, as shell patterns: `stages.0.*`.
        float_core: Leave QK' and PV float even where the engine has int8 kernels for them.
    """

    name: str
    int8: bool = True
    keep_float: tuple[str, ...] = ()
    float_core: bool = False


RECIPES = {
    "int8": Recipe(name="int8"),
    "int8-float-core": Recipe(name="int8-float-core", float_core=True),
}
