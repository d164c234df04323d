"""The Android kit: compiled without warnings, run on the JVM, and its assets packaged.

Kits of several kinds go through the compiler together, each in a package of its own: it takes far
longer to start than to compile.
"""

from __future__ import annotations

import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from edgeattn.embed.embed import embed
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Samples
from tests.embed import grammar
from tests.embed.android import tools
from tests.embed.android.text_bundle import text_bundle
from tests.embed.converted import converted, int8_alone
from tests.runtime.conftest import make_bundle

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("android")]

HOSTILE = ('"; exitProcess(1) //', "$x ${System.exit(1)} \\", "*/ } /*", "👍\n@{ x }@")
STEPS = (
    Step("scale", {"factor": 1 / 3}),
    Step("normalize", {"mean": [0.1] * 8, "std": [0.3, 0.7] * 4, "axis": -1}),
    Step("transpose", {"axes": [0, 1]}),
)
ONE_ENGINE = ("text", "two_inputs")  # bundles without TFLite
FIRST = ("library/src/main", "library/src/test")


@pytest.fixture(scope="module")
def make_bundles(tmp_path_factory, tiny, onnx_bytes, tflite_bytes, images) -> Callable[..., Path]:
    """Return a function that writes a tiny bundle with raw samples, for the whole module."""

    def make(name, **changes):
        root = tmp_path_factory.mktemp(name)
        write = make_bundle._get_wrapped_function()
        path = write(root, tiny, onnx_bytes, tflite_bytes, images)(**changes)
        prepared = "preprocessing" not in changes
        Samples({"image": images}, prepared=prepared).write(path / "eval.npz")
        return path

    return make


@pytest.fixture(scope="module")
def kits(tmp_path_factory, gesture_bundle, make_bundles) -> dict[str, Path]:
    """A kit of each kind, by kind."""
    folder = tmp_path_factory.mktemp("kits")
    intents = converted("intent-banking77", "arm64", folder / "intents")
    bundles = {
        "photo": int8_alone(gesture_bundle, folder / "photo"),
        "numbers": make_bundles("steps", preprocessing=STEPS),
        "sound": make_bundles("sound", preprocessing=(Step("frames", {"rate": 8000}),)),
        "tensors": make_bundles("crop", preprocessing=(Step("crop", {}),)),
        "hostile": make_bundles("hostile", labels=HOSTILE),
        "text": text_bundle(folder / "text"),
        "two_inputs": text_bundle(folder / "two-inputs", steps=()),
        "intents": int8_alone(intents, folder / "int8-intents"),
    }
    return {
        kind: embed(open_bundle(path), "android", folder / f"kit-{kind}", name=f"kit {kind}").folder
        for kind, path in bundles.items()
    }


@pytest.fixture(scope="module")
def onnxruntime_classes(kits, tmp_path_factory) -> Path:
    """All kits with ONNX Runtime and their desktop tests, compiled."""
    out = tmp_path_factory.mktemp("onnxruntime")
    sets = (*FIRST, "library/src/onnxruntime", "library/src/testOnnxruntime")
    sources = [path for kit in kits.values() for path in tools.sources(kit, *sets)]
    tools.compiled(sources, tools.compile_classpath(), out)
    return out


def test_the_kit_with_litert_and_the_sample_compile_without_a_warning(kits, tmp_path):
    sets = (*FIRST[:1], "library/src/androidTest", "app/src/main")
    sources = [
        path
        for kind, kit in kits.items()
        for path in tools.sources(
            kit, *sets, f"library/src/{'onnxruntime' if kind in ONE_ENGINE else 'litert'}"
        )
    ]
    tools.compiled(sources, tools.compile_classpath(), tmp_path)
    assert list(tmp_path.glob("edgeattn/kit_photo/sample/MainActivity.class"))


@pytest.mark.parametrize(
    "kind", ["photo", "numbers", "sound", "tensors", "hostile", "text", "two_inputs", "intents"]
)
def test_a_kit_proves_itself_on_the_jvm(kits, onnxruntime_classes, kind):
    names = ["Preprocessing", "AcceleratorProbe", "OrtEngine"]
    names += ["Classes"] if kind not in ("tensors", "two_inputs") else []
    tests = [f"edgeattn.kit_{kind}.{name}Test" for name in names]
    said = tools.junit(kits[kind], onnxruntime_classes, *tests)
    assert "OK (" in said


@pytest.mark.parametrize("kind", ["photo", "intents"])
def test_the_models_that_ran_there_are_int8(kits, kind):
    assets = kits[kind] / "library/src/onnxruntime/assets"
    assert [path.name for path in assets.rglob("*.onnx")] == ["model_int8.onnx"]


def test_the_tests_notice_other_numbers(kits, onnxruntime_classes):
    resources = kits["photo"] / "library/src/test/resources/golden"
    fitting = resources / "fitting_97x61.bin"
    content = fitting.read_bytes()
    try:
        fitting.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        said = tools.junit(
            kits["photo"], onnxruntime_classes, "edgeattn.kit_photo.PreprocessingTest", code=1
        )
    finally:
        fitting.write_bytes(content)
    assert "resizesLikePillow" in said


@pytest.mark.parametrize("kind", ["photo", "text"])  # two flavors, and one
def test_the_scripts_of_gradle_are_kotlin_and_their_catalog_has_what_they_name(kits, kind):
    scripts = {str(path): path.read_bytes() for path in kits[kind].rglob("*.kts")}
    assert len(scripts) == 4
    wrong = {name: grammar.wrong_lines("kotlin", text) for name, text in scripts.items()}
    assert wrong == {name: [] for name in scripts}
    catalog = tomllib.loads((kits[kind] / "gradle/libs.versions.toml").read_text())
    for name in re.findall(r"\blibs\.([\w.]+)", b"\n".join(scripts.values()).decode()):
        alias = name.removeprefix("plugins.").replace(".", "-")
        assert alias in catalog["libraries" if alias == name.replace(".", "-") else "plugins"]
    for entry in (*catalog["plugins"].values(), *catalog["libraries"].values()):
        assert entry["version"]["ref"] in catalog["versions"]


@pytest.mark.parametrize("flavor", ["litert", "onnxruntime"])
def test_models_are_stored_and_aligned_in_the_package(kits, tmp_path, flavor):
    with tools.packaged(kits["photo"], flavor, tmp_path / "app.apk") as apk:
        assets = {i.filename: i for i in apk.infolist() if i.filename.startswith("assets/")}
        form = {"litert": "tflite", "onnxruntime": "onnx"}[flavor]
        assert [
            name for name in assets if re.fullmatch(rf"assets/kit_photo/model_\w+.{form}", name)
        ]
        assert "assets/kit_photo/golden/input_x.bin" in assets
        assert {one.compress_type for one in assets.values()} == {zipfile.ZIP_STORED}
