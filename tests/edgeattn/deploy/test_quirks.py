import hashlib
from dataclasses import replace

import pytest

from edgeattn.deploy.choice import choose_engine
from edgeattn.deploy.quirks import has_dynamic_range, require_sound
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment
from tests.edgeattn.deploy.facts import board, python


@pytest.fixture
def dynamic(bundle_path, tflite_bytes):
    """The bundle with a dynamic-range file in the place of its int8 one."""
    content = tflite_bytes["dynamic"]
    (bundle_path / "model_int8.tflite").write_bytes(content)
    bundle = open_bundle_with(bundle_path, content)
    return bundle


def open_bundle_with(path, content):
    from edgeattn_runtime.bundle import Bundle
    from edgeattn_runtime.manifest import Manifest

    manifest = Manifest.loads((path / "manifest.json").read_text())
    digest = hashlib.sha256(content).hexdigest()
    files = tuple(
        replace(file, bytes=len(content), sha256=digest)
        if file.name == "model_int8.tflite"
        else file
        for file in manifest.files
    )
    return Bundle(path, replace(manifest, files=files))


def test_dynamic_range_is_told_from_static(dynamic, make_bundle):
    static = open_bundle(make_bundle("static"))
    assert has_dynamic_range(dynamic, dynamic.choose("int8", "tflite"))
    for precision in ("int8", "fp32"):
        assert not has_dynamic_range(static, static.choose(precision, "tflite"))


def test_dynamic_range_is_refused_on_tflite_runtime(dynamic):
    one = python(bits=32, numpy="1.24.2")
    choice = choose_engine(dynamic, board(one, machine="armv7l"))
    with pytest.raises(BadEnvironment, match=r"model_int8\.tflite has dynamic-range layers"):
        require_sound(dynamic, choice)


def test_dynamic_range_is_fine_on_litert(dynamic):
    require_sound(dynamic, choose_engine(dynamic, board()))


def test_static_files_are_fine_on_tflite_runtime(bundle_path):
    bundle = open_bundle(bundle_path)
    require_sound(bundle, choose_engine(bundle, board(), "tflite-runtime"))
