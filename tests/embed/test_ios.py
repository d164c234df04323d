"""The iOS kit: every Swift file parses, the manifest names what is there; nothing is compiled."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest

from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Samples
from tests.boards.cache import built
from tests.embed.android.text_bundle import text_bundle
from tests.embed.conftest import unavailable

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("ios")]

PACKAGES = ("tree-sitter==0.26.1", "tree-sitter-swift==0.7.4")
HOSTILE = ('"; exit(1) //', "\\(exit(1))", "*/ }", "👍\n#error")
STEPS = (
    Step("scale", {"factor": 1 / 3}),
    Step("normalize", {"mean": [0.1] * 8, "std": [0.3, 0.7] * 4, "axis": -1}),
    Step("transpose", {"axes": [0, 1]}),
)


@pytest.fixture(scope="module")
def parse():
    """Return a function that returns the lines of Swift that are no Swift."""

    def fill(folder):
        words = ["install", "--quiet", "--disable-pip-version-check", "--target", folder, *PACKAGES]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *map(str, words)], capture_output=True, text=True
        )
        if done.returncode:
            folder.rmdir()
            unavailable(f"pip cannot give {PACKAGES[1]}: {done.stderr.strip()[-300:]}")

    folder = built("-".join(PACKAGES), fill)
    sys.path.append(str(folder))
    try:
        tree_sitter = importlib.import_module("tree_sitter")
        swift = importlib.import_module("tree_sitter_swift")
    finally:
        sys.path.remove(str(folder))
    parser = tree_sitter.Parser(tree_sitter.Language(swift.language()))

    def wrong_lines(text):
        found, nodes = [], [parser.parse(text).root_node]
        while nodes:
            node = nodes.pop()
            if node.is_error or node.is_missing:
                found.append(text.splitlines()[node.start_point[0]].decode())
            nodes += node.children
        return found

    return wrong_lines


@pytest.mark.parametrize("kind", ["photo", "numbers", "sound", "tensors", "hostile", "text"])
def test_every_file_of_a_kit_is_swift(
    make_kit, make_bundle, gesture_bundle, images, tmp_path, parse, kind
):
    changes = {
        "numbers": {"preprocessing": STEPS},
        "sound": {"preprocessing": (Step("frames", {"rate": 8000}),)},
        "tensors": {"preprocessing": (Step("crop", {}),)},
        "hostile": {"labels": HOSTILE},
    }
    if kind == "photo":
        bundle = gesture_bundle
    elif kind == "text":
        bundle = text_bundle(tmp_path / "text")
    else:
        bundle = make_bundle(**changes[kind])
        prepared = "preprocessing" not in changes[kind]
        Samples({"image": images}, prepared=prepared).write(bundle / "eval.npz")
    kit = make_kit(bundle, "ios")
    files = sorted(kit.rglob("*.swift"))
    assert {path.name: parse(path.read_bytes()) for path in files} == {
        path.name: [] for path in files
    }
    assert len(files) >= 12


def test_the_parser_notices_what_is_no_swift(parse):
    assert parse(b"let x = [1, 2\nfunc (") != []
    assert parse(b"let x = [1, 2]\n") == []


def test_the_manifest_names_folders_that_are_there(make_kit, bundle_path):
    kit = make_kit(bundle_path, "ios", name="Daumen hoch")
    manifest = (kit / "Package.swift").read_text()
    assert manifest.startswith("// swift-tools-version: 5.9\n")
    targets = re.findall(r'\.(target|testTarget)\(\s*name: "(\w+)"', manifest)
    assert targets == [("target", "DaumenHoch"), ("testTarget", "DaumenHochTests")]
    for kind, name in targets:
        folder = kit / {"target": "Sources", "testTarget": "Tests"}[kind] / name
        assert list(folder.glob("*.swift"))
        assert any(path.is_file() for path in (folder / "Resources").rglob("*"))
