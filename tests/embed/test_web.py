"""The web kit, run: Node, headless Chromium on WebAssembly and WebGPU, the compiler, the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.samples import Samples
from tests.embed.android.text_bundle import text_bundle
from tests.embed.chromium import page, program
from tests.embed.conftest import tool, unavailable
from tests.embed.converted import int8_alone
from tests.embed.web_kits import kit_of, proven, run, served

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("web")]


@pytest.fixture
def kit(gesture_bundle: Path, tmp_path: Path) -> Path:
    """A kit for photos with the int8 files."""
    return kit_of(int8_alone(gesture_bundle, tmp_path / "bundle"), tmp_path / "kit")


@pytest.fixture
def address(kit: Path) -> Iterator[str]:
    """The address at which the kit's own server serves it."""
    with served(kit) as address:
        yield address


def compiles_to_what_is_shipped(kit: Path, tmp_path: Path) -> None:
    """Fail when a module differs from what the compiler makes of its source."""
    out = tmp_path / f"{kit.name}-compiled"
    run(tool("node"), "node_modules/typescript/bin/tsc", "--strict", "--outDir", out, cwd=kit)
    made = {str(path.relative_to(out)): path.read_text() for path in out.rglob("*.*s")}
    shipped = {
        str(path.relative_to(kit / "lib")): path.read_text() for path in (kit / "lib").rglob("*.*s")
    }
    assert made == shipped


def test_node_answers_the_golden_vectors_and_prepares_as_python_does(kit):
    said = run(tool("node"), "--test", "tests/", cwd=kit)
    assert "# pass 4" in said
    # int8 on the same kind of processor: another release of the engine rounds a step elsewhere.
    step = re.search(r"4 samples, ([\d.]+) % of the range", said)
    assert step is not None
    assert float(step[1]) <= 100 / 255


@pytest.mark.parametrize("runtime", ["onnxruntime", "litert"])
def test_chromium_answers_the_golden_vectors_on_webassembly(runtime, address, tmp_path):
    found = proven(address, f"{runtime},wasm", tmp_path / "profile")
    assert found.get("error") is None
    assert (found["backend"], found["reason"]) == ("wasm", "")
    assert found["compared"] == 4
    assert found["largest"] <= 1 / 255  # one step of the outputs' range


@pytest.mark.parametrize("runtime", ["onnxruntime", "litert"])
def test_webgpu_runs_after_it_proved_itself_or_says_why_not(runtime, address, tmp_path):
    found = proven(address, f"{runtime},webgpu", tmp_path / "profile")
    assert found.get("error") is None
    assert found["largest"] <= 0.02
    reason = "golden samples passed" if found["backend"] == "webgpu" else "WebGPU"
    assert reason in found["reason"]


def test_the_page_sees_in_a_photo_what_python_sees(address, gesture_bundle, tmp_path):
    if program() is None:
        unavailable("chromium is not installed")
    pixels = Samples.read(gesture_bundle / "eval.npz", inputs=("x",)).x["x"][0]
    Image.fromarray(pixels).save(tmp_path / "photo.png")
    bundle = open_bundle(gesture_bundle)
    fed = pixels.astype(np.float32)[None].transpose(0, 3, 1, 2) * np.float32(1 / 255)
    best = int(bundle.session("int8", engine="onnxruntime").run({"x": fed})["output"].argmax())
    with page(tmp_path / "profile") as browser:
        browser.visit(address)
        browser.choose("#file", tmp_path / "photo.png")
        browser.until("document.querySelectorAll('li').length === 5")
        label = browser.evaluate("document.querySelector('li span').textContent")
        wide = browser.evaluate("document.documentElement.scrollWidth")
        browser.resize(360, 740)
        narrow = browser.evaluate("document.documentElement.scrollWidth")
    assert label == bundle.manifest.labels[best]
    assert (wide <= 1000, narrow <= 360) == (True, True)  # nothing sticks out sideways


def test_the_sources_of_a_kit_for_photos_compile_to_its_modules(kit, tmp_path):
    compiles_to_what_is_shipped(kit, tmp_path)


def test_the_sources_of_a_kit_for_numbers_compile_to_its_modules(make_bundle, tmp_path):
    compiles_to_what_is_shipped(kit_of(make_bundle(), tmp_path / "kit"), tmp_path)


def test_the_sources_of_a_kit_for_texts_compile_to_its_modules(tmp_path):
    kit = kit_of(text_bundle(tmp_path / "bundle"), tmp_path / "kit")
    compiles_to_what_is_shipped(kit, tmp_path)


def test_a_kit_of_two_inputs_without_preprocessing_compiles_and_runs_in_node(tmp_path):
    kit = kit_of(text_bundle(tmp_path / "bundle", steps=()), tmp_path / "kit")
    compiles_to_what_is_shipped(kit, tmp_path)
    assert "# pass 2" in run(tool("node"), "--test", "tests/", cwd=kit)
    readme = (kit / "README.md").read_text(encoding="utf-8")
    assert "const outputs = await model.run(inputs);" in readme
    assert "The bundle names no preprocessing" in readme


@pytest.mark.parametrize("engine", ["onnx", "tflite"])
def test_the_sources_of_a_kit_for_one_engine_need_no_other(make_bundle, tmp_path, engine):
    bundle = make_bundle()
    for file in bundle.glob("*.tflite" if engine == "onnx" else "*.onnx"):
        file.unlink()
    kit = kit_of(bundle, tmp_path / "kit")
    package, module = {
        "onnx": ("@litertjs", "litert"),
        "tflite": ("onnxruntime-web", "onnxruntime"),
    }[engine]
    assert not (kit / "node_modules" / package).exists()
    assert not list(kit.glob(f"*/edgeattn/{module}.*"))
    compiles_to_what_is_shipped(kit, tmp_path)


def test_what_a_page_ships_is_little_beside_the_model(kit):
    shipped = [*(kit / "lib").rglob("*.js"), kit / "index.html", kit / "style.css"]
    shipped += [kit / "model" / "probe.bin"]
    beside = sum(path.stat().st_size for path in shipped)
    assert beside <= 0.2 * (kit / "model" / "model_int8.onnx").stat().st_size
