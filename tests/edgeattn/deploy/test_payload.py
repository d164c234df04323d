import hashlib
from dataclasses import replace

import pytest

from edgeattn.deploy.choice import choose_engine
from edgeattn.deploy.payload import Content, folder_name, payload_of
from edgeattn.deploy.wheel_cache import Wheel
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BrokenBundle
from tests.edgeattn.deploy.facts import board


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


@pytest.fixture
def choice(bundle):
    return choose_engine(bundle, board())


def test_content_is_read_from_an_offset(tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    for source in (tmp_path / "file", b"0123456789"):
        content = Content.of(source)
        assert (content.size, content.sha256) == (10, hashlib.sha256(b"0123456789").hexdigest())
        assert b"".join(content.read(4)) == b"456789"


def test_only_the_chosen_engine_s_files_are_in_it(bundle, choice):
    assert set(payload_of(bundle, choice).files) == {
        "manifest.json", "golden.npz", "eval.npz", "model_fp32.tflite", "model_int8.tflite",
        "edgeattn.pyz",
    }  # fmt: skip


def test_the_same_bundle_is_the_same_payload(bundle, choice):
    assert payload_of(bundle, choice).release_id == payload_of(bundle, choice).release_id


def test_the_release_changes_with_files_engine_and_interpreter(bundle, choice, tmp_path):
    wheel = {"e.whl": Wheel(tmp_path, "ab" * 32, 1, 2)}
    python = replace(choice.python, path="/opt/python3")
    ids = {
        payload_of(bundle, choice).release_id,
        payload_of(bundle, choice, data=b"x").release_id,
        payload_of(bundle, choice, wheel).release_id,
        payload_of(bundle, replace(choice, run_as="webgpu")).release_id,
        payload_of(bundle, replace(choice, python=python)).release_id,
    }
    assert len(ids) == 5


def test_the_engine_s_folder_is_named_by_what_is_in_it(bundle, choice, tmp_path):
    wheel = {"e.whl": Wheel(tmp_path, "ab" * 32, 1, 2)}
    payload = payload_of(bundle, choice, wheel)
    assert payload.engine_key.startswith("ai-edge-litert-2.3.0-cp311-")
    assert payload.unpacked_bytes == 2
    assert payload_of(bundle, choice).engine_key is None


def test_an_altered_model_is_refused(bundle, choice):
    path = bundle.path / "model_int8.tflite"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BrokenBundle, match="nothing was sent"):
        payload_of(bundle, choice)


@pytest.mark.parametrize(
    ("name", "folder"),
    [("gesture-hybrid", "gesture-hybrid"), ("../../etc", "etc"), ("a b/ü", "a-b"), ("", "bundle"),
     ("x" * 100, "x" * 60), ("-rf", "rf")],
)  # fmt: skip
def test_a_bundle_s_name_becomes_a_plain_folder(name, folder):
    assert folder_name(name) == folder
