"""The web kit, run: Node, headless Chromium on WebAssembly and WebGPU, the compiler, the page."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgeattn.data.wordpiece import intents_vocabulary
from edgeattn.embed.embed import embed
from edgeattn.embed.web import LITERT_VERSION, ORT_VERSION, TOOLS
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Samples
from tests.boards.cache import key_of, locked
from tests.embed.chromium import page, program
from tests.embed.conftest import tool, unavailable

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("web")]

PACKAGES = (
    ("onnxruntime-web", ORT_VERSION),
    ("onnxruntime-node", ORT_VERSION),
    ("@litertjs/core", LITERT_VERSION),
    *TOOLS,
)


@pytest.fixture(scope="session")
def modules() -> Path:
    """The engines and the compiler from npm, installed once into the cache."""
    npm = tool("npm")
    base = Path(os.environ.get("EDGEATTN_CACHE", "~/.cache/edgeattn")).expanduser()
    folder = base / "embed" / f"npm-{key_of(PACKAGES)}"
    ready = folder / "ready"
    with locked("embed-npm"):
        if ready.is_file():
            return folder / "node_modules"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        words = [npm, "install", "--no-audit", "--no-fund", "--maxsockets", "4"]
        words += [f"{name}@{version}" for name, version in PACKAGES]
        # Its script would fetch CUDA's provider from elsewhere.
        environment = {**os.environ, "ONNXRUNTIME_NODE_INSTALL": "skip"}
        done = subprocess.run(
            words, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            unavailable(f"npm cannot install the engines: {done.stderr[-500:]}")
        ready.touch()
    return folder / "node_modules"


def kit_of(bundle: Path, modules: Path, out: Path) -> Path:
    """Write a kit whose engines are there."""
    folder = embed(open_bundle(bundle), "web", out).folder
    (folder / "node_modules").symlink_to(modules)
    return folder


@pytest.fixture
def kit(gesture_bundle: Path, modules: Path, tmp_path: Path) -> Path:
    """A kit for photos with the int8 files, whatever this machine measured to be faster."""
    bundle = Path(shutil.copytree(gesture_bundle, tmp_path / "bundle"))
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    for format in ("onnx", "tflite"):
        manifest["recommended"][format]["file"] = f"model_int8.{format}"
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return kit_of(bundle, modules, tmp_path / "kit")


@pytest.fixture
def address(kit: Path) -> Iterator[str]:
    """The address at which the kit's own server serves it."""
    words = [tool("node"), str(kit / "serve.mjs"), "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


def run(*words: object, cwd: Path) -> str:
    """Run a program, which must succeed, and return what it said."""
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def proven(address: str, only: str, folder: Path) -> dict[str, object]:
    """Return what the kit's browser test says of one runtime on one backend."""
    if program() is None:
        unavailable("chromium is not installed")
    with page(folder) as browser:
        browser.visit(f"{address}tests/browser.html?only={only}")
        (found,) = browser.evaluate("globalThis.proven")
    return found


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


def test_the_sources_of_a_kit_for_numbers_compile_to_its_modules(make_bundle, modules, tmp_path):
    compiles_to_what_is_shipped(kit_of(make_bundle(), modules, tmp_path / "kit"), tmp_path)


def test_the_sources_of_a_kit_for_texts_compile_and_tokens_are_pythons(
    make_bundle, modules, tmp_path
):
    pieces = intents_vocabulary()
    read = pieces.to_step(24)
    step = Step("tokenize", {name: value for name, value in read.items() if name != "step"})
    kit = kit_of(make_bundle(preprocessing=(step,)), modules, tmp_path / "kit")
    compiles_to_what_is_shipped(kit, tmp_path)
    texts = [
        "", "Où est ma carte-bleue?", "caf\u00e9 CAFE\u0301 İstanbul ΟΔΟΣ straße",
        "a\u00a0b\x1fc\x85d", "中文 and 한국어", "$5.00 + 10% ~`^|", "👍🏽 \U00010400",
        "soft\u00adhyphen \ufeffmark \ufffd", "“quotes” — ¿qué?",
        "a" * 101 + " " + "é" * 100, "why " * 100,
    ]  # fmt: skip
    program = (
        'import { readFileSync } from "node:fs";'
        'import { WordPiece } from "./lib/edgeattn/wordpiece.js";'
        'const words = JSON.parse(readFileSync("model/vocabulary.json", "utf8"));'
        "const pieces = new WordPiece(words);"
        'const texts = JSON.parse(readFileSync("texts.json", "utf8"));'
        "const found = texts.map((text) => Array.from(pieces.encode(text, 24).ids));"
        "console.log(JSON.stringify(found));"
    )
    (kit / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    said = run(tool("node"), "--input-type=module", "-e", program, cwd=kit)
    assert json.loads(said) == pieces.encode(texts, 24)[0].tolist()


def test_what_a_page_ships_is_little_beside_the_model(kit):
    shipped = [*(kit / "lib").rglob("*.js"), kit / "index.html", kit / "style.css"]
    shipped += [kit / "model" / "probe.bin"]
    beside = sum(path.stat().st_size for path in shipped)
    assert beside <= 0.2 * (kit / "model" / "model_int8.onnx").stat().st_size
