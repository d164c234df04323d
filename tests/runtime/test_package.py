"""What `import edgeattn_runtime` may bring along."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import edgeattn_runtime

PACKAGE = Path(edgeattn_runtime.__file__).parent
ENGINES = {"onnxruntime", "onnxruntime_ep_webgpu", "ai_edge_litert", "tflite_runtime"}


def imported(statement: str) -> set[str]:
    """Return the top-level modules that a statement loads into a fresh interpreter."""
    script = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement", ["from edgeattn_runtime import open_bundle", "import edgeattn_runtime.cli"]
)
def test_the_runtime_imports_numpy_and_the_standard_library_only(statement):
    brought = imported(statement) - imported("import numpy")
    assert brought - set(sys.stdlib_module_names) == {"edgeattn_runtime"}


def test_the_runtime_leaves_costly_modules_for_when_they_are_needed():
    brought = imported("from edgeattn_runtime import open_bundle") - imported("import numpy")
    assert not brought & {"zipfile", "_hashlib", "argparse", "subprocess", "csv"}


def test_the_errors_come_without_numpy():
    """A command line that only prints its help imports them."""
    assert "numpy" not in imported("import edgeattn_runtime.errors, edgeattn_runtime.port")


@pytest.mark.parametrize("name", edgeattn_runtime.__all__)
def test_every_public_name_is_there(name):
    assert getattr(edgeattn_runtime, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'open_bundel'"):
        edgeattn_runtime.open_bundel  # noqa: B018


@pytest.mark.parametrize("source", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_every_file_imports_numpy_the_standard_library_and_engines_only(source):
    allowed = {*sys.stdlib_module_names, *ENGINES, "numpy", "edgeattn_runtime"}
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    assert found <= allowed


@pytest.mark.parametrize("source", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_every_file_can_be_read_by_python_3_8(source):
    """JetPack 5 has it, and an engine wheel for it; the zipapp runs there."""
    ast.parse(source.read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("source", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_types_are_given_arguments_in_annotations_only(source):
    """`Callable[[int], int]` of collections.abc, or `tuple[int]`, fails when Python 3.8 runs it."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    generic = {"tuple", "list", "dict", "set", "frozenset", "type"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "collections.abc":
            generic |= {alias.asname or alias.name for alias in node.names}
    lazy = set()
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            annotation = getattr(node, name, None)
            lazy |= set(ast.walk(annotation)) if annotation is not None else set()
    run = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in set(ast.walk(tree)) - lazy
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id in generic
    ]
    assert not run or source.name == "array_types.py"  # which only type checkers import


def test_the_version_is_that_of_the_project():
    project = (PACKAGE.parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{edgeattn_runtime.__version__}"\n' in project
