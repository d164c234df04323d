"""What is no Swift and no Kotlin, told by tree-sitter's grammars: syntax, and nothing else."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.boards.cache import built
from tests.embed.conftest import unavailable

PACKAGES = ("tree-sitter==0.26.1", "tree-sitter-swift==0.7.4", "tree-sitter-kotlin==1.1.0")


def wrong_lines(language: str, text: bytes) -> list[str]:
    """Return the lines of a text that are none of "swift" or "kotlin"."""
    lines = text.splitlines()
    return [
        lines[node.start_point[0]].decode()
        for node, _ in nodes(language, text)
        if node.is_error or node.is_missing
    ]


def nodes(language: str, text: bytes) -> Iterator[tuple[Any, Any]]:
    """Yield every node of a syntax tree with its parent."""
    left: list[tuple[Any, Any]] = [(parser(language).parse(text).root_node, None)]
    while left:
        node, parent = left.pop()
        yield node, parent
        left += [(child, node) for child in node.children]


@cache
def parser(language: str) -> Any:
    """Return tree-sitter's parser of a language."""

    def fill(folder: Path) -> None:
        words = ["install", "--quiet", "--disable-pip-version-check", "--target", str(folder)]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words, *PACKAGES],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            shutil.rmtree(folder)
            unavailable(f"pip cannot give tree-sitter: {done.stderr.strip()[-300:]}")

    folder = built("-".join(PACKAGES), fill)
    sys.path.append(str(folder))
    try:
        tree_sitter = importlib.import_module("tree_sitter")
        grammar = importlib.import_module(f"tree_sitter_{language}")
    finally:
        sys.path.remove(str(folder))
    return tree_sitter.Parser(tree_sitter.Language(grammar.language()))
