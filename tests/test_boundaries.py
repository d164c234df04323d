"""The house: imports point down, the runtime stays light, nothing generic lies around."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "edgeattn": ROOT / "edgeattn",
    "edgeattn_converters": ROOT / "converters" / "edgeattn_converters",
    "edgeattn_runtime": ROOT / "runtime" / "edgeattn_runtime",
}
FORBIDDEN = {
    "edgeattn_converters": {"edgeattn", "edgeattn_devices", "click"},
    "edgeattn_runtime": {
        "edgeattn", "edgeattn_converters", "edgeattn_devices", "click", "torch", "onnx", "PIL",
        "jinja2", "rich", "tensorflow",
    },
}  # fmt: skip
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "core", "misc"}


def imported(path: Path) -> set[str]:
    """Return the top-level packages a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_a_floor_imports_only_what_lies_below(package: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in PACKAGES[package].rglob("*.py")
        for name in imported(path) & FORBIDDEN[package]
    }
    assert not wrong


def test_the_boundary_test_can_see_an_import(tmp_path: Path) -> None:
    path = tmp_path / "inner.py"
    path.write_text("def f():\n    from torch import nn\n    return nn\n")
    assert imported(path) == {"torch"}


def test_no_file_has_a_name_that_says_nothing() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for folder in PACKAGES.values()
        for path in folder.rglob("*.py")
        if path.stem in VAGUE
    ]
    assert not wrong


def test_files_end_at_350_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for folder in PACKAGES.values()
        for path in folder.rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 350
    }
    assert not long


@pytest.mark.parametrize("module", ["edgeattn", "edgeattn.cli.main", "edgeattn_runtime"])
def test_import_stays_free_of_pytorch(module: str) -> None:
    code = f"import sys, {module}; print('torch' in sys.modules, 'onnx' in sys.modules)"
    paths = [str(ROOT), str(ROOT / "converters"), str(ROOT / "runtime"), str(ROOT / "devices")]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "False"]


def test_no_file_names_a_path_of_one_machine() -> None:
    wrong = []
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    for name in tracked:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".json", ".yml"} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            wrong += [name for word in ("/" + "root/", "/" + "work/") if word in text]
    assert not wrong
