"""config.toml: the resolved choices of a conversion, so that `--config` repeats it."""

from __future__ import annotations

import json
from pathlib import Path

Value = str | int | float | bool | list[str] | None


def write_configuration(path: Path, **settings: Value) -> None:
    """Write settings as TOML; None is left out, `max_drop` becomes `max-drop`."""
    lines = [
        f"{name.replace('_', '-')} = {_toml(value)}"
        for name, value in settings.items()
        if value is not None
    ]
    head = "# Repeat this conversion: edgeattn convert --config config.toml --out NEW_FOLDER\n"
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    # JSON's strings and numbers are TOML's, escapes included.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
