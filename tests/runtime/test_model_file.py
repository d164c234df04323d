from __future__ import annotations

from dataclasses import replace

import pytest

from edgeattn_runtime.errors import BrokenBundle
from edgeattn_runtime.model_file import ModelFile, PrecisionAudit, check_file_name

FILE = ModelFile("model_int8.onnx", "onnx", "onnxruntime", "int8", 1234, "ab" * 32)


@pytest.mark.parametrize(
    "file", [FILE, replace(FILE, precision_audit=PrecisionAudit(0.5, 1), recommended_for=("pi",))]
)
def test_a_model_file_survives_json(file):
    assert ModelFile.from_json(file.to_json()) == file


@pytest.mark.parametrize(
    "name",
    [
        *("../model.onnx", "/etc/passwd", "a/model.onnx", "a\\model.onnx", "..", ".", ""),
        *(".hidden.onnx", "C:model.onnx", "model.onnx\n", "mo\0del.onnx", "-v.onnx"),
    ],
)
def test_names_that_leave_the_folder_are_refused(name):
    with pytest.raises(ValueError, match="no plain file name"):
        check_file_name(name)


@pytest.mark.parametrize("name", ["model_int8.onnx", "model_int8-dynamic.tflite", "a.b.onnx"])
def test_plain_names_are_taken(name):
    check_file_name(name)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "../model.onnx"}, "no plain file name"),
        ({"format": "coreml"}, "is said to be 'coreml'; formats: onnx, tflite"),
        ({"format": "tflite"}, "is said to be 'tflite'"),
        ({"engine": "tvm"}, "names the engine 'tvm'; known are onnxruntime"),
        ({"bytes": 0}, "said to have 0 bytes"),
        ({"bytes": 1 << 60}, "1 to 4294967296 can be"),
        ({"sha256": "abc"}, "not 64 hex digits"),
        ({"sha256": "AB" * 32}, "not 64 hex digits"),
    ],
)
def test_what_cannot_be_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        replace(FILE, **change)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_shares_lie_between_0_and_1(share):
    with pytest.raises(ValueError, match="a share lies between 0 and 1"):
        PrecisionAudit(share, 0.5)


def test_a_size_written_as_text_is_refused():
    with pytest.raises(BrokenBundle, match="bytes = '12', which is no int"):
        ModelFile.from_json({**FILE.to_json(), "bytes": "12"})
