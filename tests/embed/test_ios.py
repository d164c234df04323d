"""The iOS kit: every Swift file parses, the manifest names what is there; nothing is compiled."""

from __future__ import annotations

import re

import pytest

from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Samples
from tests.embed import grammar, swift
from tests.embed.android.text_bundle import text_bundle

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("ios")]

HOSTILE = ('"; exit(1) //', "\\(exit(1))", "*/ }", "👍\n#error")
STEPS = (
    Step("scale", {"factor": 1 / 3}),
    Step("normalize", {"mean": [0.1] * 8, "std": [0.3, 0.7] * 4, "axis": -1}),
    Step("transpose", {"axes": [0, 1]}),
)


@pytest.mark.parametrize("kind", ["photo", "numbers", "sound", "tensors", "hostile", "text", "two"])
def test_every_file_of_a_kit_is_swift_and_every_name_is_declared(
    make_kit, make_bundle, gesture_bundle, images, tmp_path, kind
):
    changes = {
        "numbers": {"preprocessing": STEPS},
        "sound": {"preprocessing": (Step("frames", {"rate": 8000}),)},
        "tensors": {"preprocessing": (Step("crop", {}),)},
        "hostile": {"labels": HOSTILE},
    }
    if kind == "photo":
        bundle = gesture_bundle
    elif kind in ("text", "two"):  # two inputs without preprocessing
        bundle = text_bundle(tmp_path / "text", steps=() if kind == "two" else None)
    else:
        bundle = make_bundle(**changes[kind])
        prepared = "preprocessing" not in changes[kind]
        Samples({"image": images}, prepared=prepared).write(bundle / "eval.npz")
    kit = make_kit(bundle, "ios")
    files = {path.name: path.read_bytes() for path in kit.rglob("*.swift")}
    assert len(files) >= 12
    wrong = {name: grammar.wrong_lines("swift", text) for name, text in files.items()}
    assert wrong == {name: [] for name in files}
    module = re.search(r'name: "(\w+)"', (kit / "Package.swift").read_text())
    assert swift.undeclared([*files.values()]) <= {module[1]}


def test_the_parser_notices_what_is_no_swift():
    assert grammar.wrong_lines("swift", b"let x = [1, 2\nfunc (") != []
    assert grammar.wrong_lines("swift", b"let x = [1, 2]\n") == []


@pytest.mark.parametrize(
    "slip", ["call(valeu)", "value.cuont", "x as? Valeu", "call(plcae: value)", "Predicton(value)"]
)
def test_a_slip_of_the_pen_is_a_name_that_nobody_declares(slip):
    kit = "func call(place value: Int) -> Int { value }\nstruct Prediction {}\n"
    assert swift.undeclared([f"{kit}let found = call(place: 1)\n".encode()]) == set()
    assert len(swift.undeclared([f"{kit}let value = {slip}\n".encode()])) == 1


def test_the_manifest_names_folders_that_are_there(make_kit, bundle_path):
    kit = make_kit(bundle_path, "ios", name="Daumen hoch")
    manifest = (kit / "Package.swift").read_text()
    assert manifest.startswith("// swift-tools-version: 5.9\n")
    targets = re.findall(r'\.(target|testTarget)\(\s*name: "(\w+)"', manifest)
    assert targets == [("target", "DaumenHoch"), ("testTarget", "DaumenHochTests")]
    assert re.findall(r'\.copy\("(\w+)"\)', manifest) == ["Resources", "Resources"]
    for kind, name in targets:
        folder = kit / {"target": "Sources", "testTarget": "Tests"}[kind] / name
        assert list(folder.glob("*.swift"))
        assert any(path.is_file() for path in (folder / "Resources").rglob("*"))
    assert {path.parent.parent.name for path in kit.rglob("*.swift")} <= {
        "Sources", "Tests", kit.parent.name  # nothing lies outside a target but the manifest
    }  # fmt: skip


def test_every_resource_that_the_code_names_is_there(make_kit, gesture_bundle):
    kit = make_kit(gesture_bundle, "ios")
    sources = "\n".join(path.read_text() for path in kit.rglob("*.swift"))
    model = re.search(r'static let file = "([^"]+)"', sources)[1]
    names = re.findall(r'bytes\("([^"]+)"\)', sources)
    assert len(names) == 2  # one input, one output
    for name in names:
        place = "Sources/GestureHybrid/Resources/golden"
        assert (kit / place / name.replace("\\(file)", model)).is_file()
    assert (kit / "Sources/GestureHybrid/Resources" / model).is_file()
    tested = re.findall(r'golden\("(\w+\.bin)"\)', sources)
    assert tested
    for name in tested:
        assert (kit / "Tests/GestureHybridTests/Resources/golden" / name).is_file()
