from __future__ import annotations

import json
from dataclasses import replace

import pytest

from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.manifest import Manifest, Recommendation
from edgeattn_runtime.model_file import ModelFile, PrecisionAudit
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step

FILE = ModelFile(
    "model_int8.onnx",
    "onnx",
    "onnxruntime",
    "int8",
    1234,
    "ab" * 32,
    PrecisionAudit(0.9, 0.95),
    ("raspberry-pi-5",),
)

MANIFEST = Manifest(
    name="gesture-hybrid",
    task="classification",
    inputs=(Port("image", (1, 3, 64, 64), "float32", "NCHW"),),
    outputs=(Port("logits", (1, 10), "float32"),),
    files=(FILE, replace(FILE, name="model_fp32.onnx", precision="fp32", precision_audit=None)),
    preprocessing=(Step("resize", {"size": [64, 64]}), Step("cast", {"dtype": "float32"})),
    labels=("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    recommended={"onnx": Recommendation("model_int8.onnx", "1.9x as fast, 0.3 points lost")},
    target="raspberry-pi-5",
    proven_on="x86-vnni",
    versions={"edgeattn": "0.1.0"},
)


def changed(**changes) -> dict:
    return {**json.loads(MANIFEST.dumps()), **changes}


def test_a_manifest_survives_its_text():
    assert Manifest.loads(MANIFEST.dumps()) == MANIFEST


def test_the_layout_of_an_input_survives_too():
    assert Manifest.loads(MANIFEST.dumps()).inputs[0].layout == "NCHW"


def test_the_text_is_the_same_every_time_and_people_can_read_it():
    assert MANIFEST.dumps() == MANIFEST.dumps()
    assert '"fünf"' in MANIFEST.dumps()


def test_the_recommended_target_lies_beside_the_formats():
    assert MANIFEST.to_json()["recommended"] == {
        "onnx": {"file": "model_int8.onnx", "reason": "1.9x as fast, 0.3 points lost"},
        "target": "raspberry-pi-5",
    }


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_another_schema_is_refused_with_what_to_do(version):
    with pytest.raises(BrokenBundle, match="this runtime reads 1; install the edgeattn that made"):
        Manifest.from_json(changed(schema_version=version))


@pytest.mark.parametrize("text", ["", "{", "[1]", '"bundle"', "null", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text):
    with pytest.raises(BrokenBundle, match=r"manifest.json (is no JSON|holds a)"):
        Manifest.loads(text)


@pytest.mark.parametrize(
    "key",
    ["name", "task", "inputs", "outputs", "files", "preprocessing", "recommended", "versions"],
)
def test_a_missing_field_is_named(key):
    read = changed()
    del read[key]
    with pytest.raises(BrokenBundle, match=f"has no '{key}'"):
        Manifest.from_json(read)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": 7}, "name = 7, which is no str"),
        ({"inputs": {}}, "inputs = {}, which is no list"),
        ({"inputs": ["image"]}, "'image' in inputs, which is no dict"),
        ({"labels": [1, 2]}, "1 in labels, which is no str"),
        ({"labels": "ab"}, "labels = 'ab', which is no list"),
        ({"inputs": []}, "at least one input"),
        ({"name": "tiny\x1b]0;x\x07"}, "holds control characters"),
        ({"files": []}, "at least one input, one output and one model file"),
        ({"preprocessing": [{"size": 3}]}, "cannot be: 'step'"),
        ({"preprocessing": [{"step": "blur"}]}, "'blur' is unknown"),
        ({"recommended": {"onnx": "model_int8.onnx"}}, "an object with 'file' belongs"),
        (
            {"recommended": {"onnx": {"file": "other.onnx", "reason": ""}}},
            "'other.onnx' is recommended for onnx, but no onnx file",
        ),
        (
            {"recommended": {"tflite": {"file": "model_int8.onnx", "reason": ""}}},
            "but no tflite file",
        ),
    ],
)
def test_fields_of_the_wrong_kind_are_refused(changes, sentence):
    with pytest.raises(BrokenBundle, match=sentence):
        Manifest.from_json(changed(**changes))


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ({"name": "x", "shape": [1, "batch"], "dtype": "float32"}, "'batch' in shape"),
        ({"name": "x", "shape": [True], "dtype": "float32"}, "True in shape"),
        ({"name": "x", "shape": [1, -1], "dtype": "float32"}, r"shape \[1, -1\]; it is static"),
        ({"name": "x", "shape": [1 << 20, 1 << 20], "dtype": "float32"}, "absurdly large"),
        ({"name": "x", "shape": [1], "dtype": "float31"}, "dtype 'float31'"),
        ({"name": "x", "shape": [1], "dtype": "object"}, "dtype 'object'"),
        ({"shape": [1], "dtype": "float32"}, "has no 'name'"),
    ],
)
def test_inputs_that_cannot_be_are_refused(port, sentence):
    with pytest.raises(BrokenBundle, match=sentence):
        Manifest.from_json(changed(inputs=[port]))


def test_names_listed_twice_are_refused():
    read = changed()
    read["files"] = [read["files"][0], read["files"][0]]
    with pytest.raises(BrokenBundle, match=r"the model file 'model_int8.onnx' is listed 2 times"):
        Manifest.from_json(read)


def test_files_for_other_engines_are_named_by_target():
    chosen = Recommendation("model_int8.onnx", "unmeasured: this machine does not run tensorrt")
    files = (replace(FILE, target="tensorrt"), *MANIFEST.files[1:])
    manifest = replace(MANIFEST, files=files, targets={"tensorrt": chosen})
    assert manifest.to_json()["recommended"]["targets"]["tensorrt"]["file"] == "model_int8.onnx"
    assert Manifest.loads(manifest.dumps()) == manifest


def test_a_manifest_of_before_targets_reads_as_one_without():
    old = json.loads(MANIFEST.dumps())
    for file in old["files"]:
        del file["target"]
    read = Manifest.from_json(old)
    assert read == MANIFEST
    assert not read.targets


def test_a_target_whose_file_is_not_listed_is_refused():
    with pytest.raises(ValueError, match=r"'gone.onnx' is recommended for qnn, but no file"):
        replace(MANIFEST, targets={"qnn": Recommendation("gone.onnx", "why not")})
