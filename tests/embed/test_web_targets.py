"""Bundles converted for a browser's engines: photos and texts, in Node and in Chromium.

`edgeattn convert --target onnxruntime-wasm` and `onnxruntime-webgpu` write files that no CPU
provider is meant for; here they go into web kits as they are, and run where they are meant to.
"""

from __future__ import annotations

import numpy as np
import pytest

from edgeattn.data.wordpiece import intents_vocabulary
from edgeattn.embed.texts import TEXTS
from edgeattn_runtime.bundle import open_bundle
from tests.embed.chromium import page, program
from tests.embed.conftest import tool, unavailable
from tests.embed.converted import TEXT_LENGTH, converted
from tests.embed.web_kits import kit_of, proven, run, served

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("web")]

MODELS = {"photos": "gesture-hybrid", "texts": "intent-banking77"}
TARGETS = {"wasm": "onnxruntime-wasm", "webgpu": "onnxruntime-webgpu"}


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Each model for each target."""
    folder = tmp_path_factory.mktemp("converted")
    return {
        (kind, backend): converted(model, target, folder / f"{kind}-{backend}")
        for kind, model in MODELS.items()
        for backend, target in TARGETS.items()
    }


@pytest.fixture(scope="module")
def kits(bundles, tmp_path_factory):
    """A kit of each bundle."""
    folder = tmp_path_factory.mktemp("kits")
    return {
        (kind, backend): kit_of(bundle, folder / f"{kind}-{backend}")
        for (kind, backend), bundle in bundles.items()
    }


BOTH = pytest.mark.parametrize("backend", [*TARGETS])


@BOTH
@pytest.mark.parametrize("kind", [*MODELS])
def test_the_file_converted_for_the_browser_is_in_the_kit(kits, kind, backend):
    (model,) = (kits[kind, backend] / "model").glob("*.onnx")
    assert model.name == f"model_int8.{TARGETS[backend]}.onnx"


@BOTH
def test_node_answers_the_golden_vectors_of_photos(kits, backend):
    said = run(tool("node"), "--test", "tests/", cwd=kits["photos", backend])
    assert "# pass 4" in said  # the vectors, the probe, preprocessing, resizing


@BOTH
def test_node_splits_texts_as_python_does_and_answers_the_golden_vectors(kits, backend):
    said = run(tool("node"), "--test", "tests/", cwd=kits["texts", backend])
    assert "# pass 3" in said  # the vectors, the probe, tokens
    assert f"# {len(TEXTS)} texts" in said


@BOTH
@pytest.mark.parametrize("kind", [*MODELS])
def test_chromium_answers_on_the_backend_that_the_file_is_for(kits, tmp_path, kind, backend):
    with served(kits[kind, backend]) as address:
        found = proven(address, f"onnxruntime,{backend}", tmp_path / "profile")
    assert found.get("error") is None
    assert found["backend"] == backend, found["reason"]
    # One step of int8 on WebAssembly; int8 weights and float arithmetic, the same as in Python but
    # for the order of sums, on WebGPU.
    assert found["largest"] <= {"wasm": 1 / 255, "webgpu": 1e-3}[backend]
    assert found["compared"] == {"photos": 4, "texts": len(TEXTS)}[kind]


def test_the_page_finds_in_a_sentence_what_python_finds(kits, bundles, tmp_path):
    if program() is None:
        unavailable("chromium is not installed")
    sentence = "My card was swallowed by the machine"
    ids, mask = intents_vocabulary().encode([sentence], TEXT_LENGTH)
    bundle = open_bundle(bundles["texts", "wasm"])
    import onnxruntime

    session = onnxruntime.InferenceSession(
        bundle.path / "model_int8.onnxruntime-wasm.onnx", providers=["CPUExecutionProvider"]
    )
    (logits,) = session.run(None, {"ids": ids, "mask": mask})
    with served(kits["texts", "wasm"]) as address, page(tmp_path / "profile") as browser:
        browser.visit(address)
        browser.evaluate(
            "document.querySelector('#text').value = "
            f"{sentence!r}; document.querySelector('#text').dispatchEvent(new Event('input'))"
        )
        browser.until("document.querySelectorAll('li').length === 5")
        label = browser.evaluate("document.querySelector('li span').textContent")
    assert label == bundle.manifest.labels[int(np.argmax(logits))]
