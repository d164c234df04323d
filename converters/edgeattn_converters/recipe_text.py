"""Write a recipe as the TOML file that `--recipe` reads."""

from __future__ import annotations

import json
from dataclasses import fields

from edgeattn_converters.recipe import Recipe


def recipe_text(recipe: Recipe, head: str = "") -> str:
    """Return a recipe as TOML, every field written out; `head` becomes a comment."""
    lines = [f"# {line}".rstrip() for line in head.splitlines()]
    for field in fields(Recipe):
        value = getattr(recipe, field.name)
        if field.name != "layers":
            # JSON's strings, numbers, booleans and lists are TOML's.
            lines.append(f"{field.name} = {json.dumps(value, ensure_ascii=False)}")
    if recipe.layers:
        lines += ["", "[layers]"]
        rules = dict(reversed(recipe.layers))  # the first rule of a pattern is the one that counts
        lines += [
            f"{json.dumps(pattern, ensure_ascii=False)} = {json.dumps(rules[pattern])}"
            for pattern in dict.fromkeys(pattern for pattern, _ in recipe.layers)
        ]
    return "\n".join(lines) + "\n"
