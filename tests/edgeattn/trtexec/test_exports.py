import json

import numpy as np
import pytest

from edgeattn.trtexec.exports import read_layers, read_log, read_output, read_times
from edgeattn_runtime.errors import BadInput

# Written by trtexec 8.6 for a public model; the names are shortened.
PROFILE = """\
[
  { "count" : 641 }
, { "name" : "/Constant_5_output_0", "timeMs" : 0, "averageMs" : 0, "medianMs" : 0, \
"percentage" : 0 }
, { "name" : "Reformatting CopyNode for Input Tensor 0 to PWN(/Sub)", "timeMs" : 12.8778, \
"averageMs" : 0.0200902, "medianMs" : 0.019904, "percentage" : 0.482752 }
, { "name" : "conv1/Conv + act1/Relu", "timeMs" : 28.9723, "averageMs" : 0.0451986, \
"medianMs" : 0.044224, "percentage" : 1.08608 }
]
"""
NAMES = """\
{"Layers": ["/Constant_5_output_0"
,"Reformatting CopyNode for Input Tensor 0 to PWN(/Sub)"
,"conv1/Conv + act1/Relu"
],
"Bindings": ["x"
,"y"
]}
"""


@pytest.fixture
def file(tmp_path):
    """Write a text to a file and return it."""

    def write(text, name="export.json"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def detailed(*layers):
    return json.dumps(
        {
            "Layers": [
                {
                    "Name": name,
                    "LayerType": kind,
                    "Inputs": [{"Name": "i", "Format/Datatype": one} for one in reads],
                    "Outputs": [{"Name": "o", "Format/Datatype": one} for one in writes],
                }
                for name, kind, reads, writes in layers
            ]
        }
    )


def test_runs_of_the_warm_up_do_not_count(file):
    times = [
        {"startComputeMs": start, "latencyMs": ms} for start, ms in ((0, 9), (500, 1), (501, 2))
    ]
    assert read_times(file(json.dumps(times)), warmup_ms=500) == (1, 2)


def test_a_warm_up_that_leaves_nothing_is_told(file):
    times = file(json.dumps([{"startComputeMs": 0, "latencyMs": 9}]))
    with pytest.raises(
        BadInput, match="no run after the warm-up of 500 ms; give more --iterations"
    ):
        read_times(times, warmup_ms=500)


def test_layers_of_which_only_names_are_known_keep_their_times(file):
    layers = read_layers(file(NAMES), file(PROFILE, "profile.json"))
    assert [layer.time_ms for layer in layers] == [0, 0.0200902, 0.0451986]
    assert [layer.copies for layer in layers] == [False, True, False]
    assert not any(layer.int8 for layer in layers)


@pytest.mark.parametrize(
    ("words", "type"),
    [
        ("Thirty-two wide channel vectorized row major Int8 format", "int8"),  # TensorRT 8
        ("Row major linear FP16 format", "float16"),
        ("Channel major FP16 format where channel % 4 == 0", "float16"),
        ("Int8", "int8"),  # TensorRT 10
        ("Half", "float16"),
        ("Float", "float32"),
        ("BFloat16", "bfloat16"),
        ("Int32", "int32"),
        ("something new", "?"),
    ],
)
def test_a_type_is_found_in_the_words_of_both_versions(file, words, type):
    text = detailed(("conv", "CaskConvolution", [words], ["Float"]))
    (layer,) = read_layers(file(text), file("[]", "profile.json"))
    assert layer.reads == (type,)


def test_int8_is_what_computes_on_int8_not_what_makes_it(file):
    text = detailed(
        ("quantise", "kgen", ["Half"], ["Int8"]),
        ("conv", "CaskConvolution", ["Int8"], ["Half"]),
        ("copy", "Reformat", ["Int8"], ["Int8"]),
    )
    layers = read_layers(file(text), file("[]", "profile.json"))
    assert [layer.int8 for layer in layers] == [False, True, False]


def test_an_output_has_its_shape_even_where_values_are_no_json(file):
    text = (
        '[\n  { "name" : "y"\n  , "dimensions" : "1x3"\n  , "values" : [ 1.5, -nan, inf ]\n  }\n]\n'
    )
    found = read_output(file(text), "y")
    assert found.shape == (1, 3)
    assert found[0, 0] == 1.5
    assert np.isnan(found[0, 1])
    assert found[0, 2] == np.inf


def test_an_output_of_another_name_is_told(file):
    text = file('[{"name": "z", "dimensions": "1", "values": [1]}]')
    with pytest.raises(BadInput, match="holds z; the model gives y"):
        read_output(text, "y")


def test_the_log_tells_version_and_device(file):
    log = read_log(
        file(
            "&&&& RUNNING TensorRT.trtexec [TensorRT v8602] # trtexec --onnx=m.onnx\n"
            "[01/10/2024-21:52:50] [I] Selected Device: Orin\n"
            "&&&& PASSED TensorRT.trtexec [TensorRT v8602] # trtexec --onnx=m.onnx\n"
        )
    )
    assert (log.passed, log.version, log.device, log.last_error) == (True, "8.6.2", "Orin", None)


def test_no_log_did_not_pass(tmp_path):
    assert not read_log(tmp_path / "no.log").passed


@pytest.mark.parametrize("text", ["[", "{}", "[1]", '{"Layers": [{"LayerType": "kgen"}]}'])
def test_an_export_that_was_cut_off_is_told(file, text):
    for read in (
        lambda path: read_times(path, warmup_ms=0),
        lambda path: read_layers(path, file("[]", "profile.json")),
        lambda path: read_output(path, "y"),
    ):
        with pytest.raises(BadInput, match=r"export.json (is not what trtexec exports|holds no)"):
            read(file(text))


def test_an_export_that_is_missing_is_told(tmp_path):
    with pytest.raises(BadInput, match=r"there is no times.json in .*; run its run.sh to the end"):
        read_times(tmp_path / "times.json", warmup_ms=0)
