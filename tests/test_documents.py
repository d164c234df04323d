"""What the documents say is true: commands exist, code compiles, docstring examples run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import shlex
from pathlib import Path

import click
import pytest

from edgeattn.cli.main import COMMANDS, main

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "examples/README.md")
PACKAGES = ("edgeattn", "edgeattn_converters", "edgeattn_runtime")
SCRIPTS = {"__main__"}  # modules that do something when they are imported


def blocks(language: str) -> list[str]:
    """Return the code blocks of all documents in one language."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS]
    pattern = rf"^```{language}\n(.*?)^```"
    return [block for text in texts for block in re.findall(pattern, text, re.M | re.S)]


def typed(program: str) -> list[list[str]]:
    """Return every line of the documents that calls `program`, as words behind its name."""
    lines = [line for block in blocks("bash") for line in block.splitlines()]
    words = [shlex.split(line, comments=True) for line in lines]
    return [
        word[place + 1 :]
        for word in words
        for place, name in enumerate(word[:1])
        if Path(name).name == program
    ]


def modules() -> list[str]:
    names = []
    for package in PACKAGES:
        path = importlib.import_module(package).__path__
        found = pkgutil.walk_packages(path, f"{package}.")
        names += [module.name for module in found]
    return [name for name in names if name.rpartition(".")[2] not in SCRIPTS]


def test_the_documents_call_edgeattn_and_make() -> None:
    assert len(typed("edgeattn")) >= 3
    assert len(typed("make")) >= 1


@pytest.mark.parametrize("words", typed("edgeattn"), ids=" ".join)
def test_every_command_in_the_documents_exists_with_its_flags(words: list[str]) -> None:
    assert words[0] in COMMANDS
    command = main.get_command(click.Context(main), words[0])
    assert command is not None
    known = {flag for parameter in command.params for flag in parameter.opts} | {"-h", "--help"}
    assert {word for word in words[1:] if word.startswith("-")} <= known


@pytest.mark.parametrize("words", typed("make"), ids=" ".join)
def test_every_make_target_in_the_documents_exists(words: list[str]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{word}:", makefile, re.M) for word in words)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_in_the_documents_compiles(code: str) -> None:
    compile(code, "document", "exec")


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.failed == 0
