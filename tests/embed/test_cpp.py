"""The C++ kit, built without warnings and run: golden vectors, preprocessing, the example."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from onnx import TensorProto, helper
from PIL import Image

from edgeattn.data.picture import cover
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.manifest import Manifest
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step, numpy_steps, preprocess
from edgeattn_runtime.samples import Golden, Samples
from tests.embed.conftest import tool
from tests.embed.cpp_tools import built, run

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("cpp")]


def test_a_kit_for_photos_builds_and_proves_itself(make_kit, gesture_bundle):
    build = built(make_kit(gesture_bundle, "cpp"))
    said = run(tool("ctest"), "--test-dir", build, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 3" in said


def test_the_example_sees_in_a_photo_what_python_sees(make_kit, gesture_bundle, tmp_path):
    build = built(make_kit(gesture_bundle, "cpp"), programs=("classify",))
    bundle = open_bundle(gesture_bundle)
    pixels = Samples.read(gesture_bundle / "eval.npz", inputs=("x",)).x["x"][0]
    photo = Image.fromarray(pixels).resize((150, 97), Image.Resampling.BICUBIC)
    photo.save(tmp_path / "photo.ppm")
    said = run(build / "classify", build.parent / "model", tmp_path / "photo.ppm")
    rows = [line.split() for line in said.splitlines() if " %  " in line]
    fitting = np.asarray(cover(photo, 64, 64))[None]
    fed = preprocess({"x": fitting}, numpy_steps(bundle.manifest.preprocessing))
    logits = bundle.session(engine="onnxruntime").run(fed)["output"][0].astype(np.float64)
    shares = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    order = np.argsort(-logits)[:5]
    assert [row[2] for row in rows] == [bundle.manifest.labels[i] for i in order]
    # Printed with one digit: half of it, and the engines agree to float32's last bits.
    np.testing.assert_allclose([float(row[0]) for row in rows], 100 * shares[order], atol=0.06)


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (Step("scale", {"factor": 1 / 3}),),
        (Step("normalize", {"mean": [0.1] * 8, "std": [0.3] * 8, "axis": -1}),),
        (
            Step("normalize", {"mean": [0.1], "std": [0.7], "axis": 1}),
            Step("transpose", {"axes": [0, 1]}),
        ),
    ],
)
def test_every_step_gives_the_bits_of_numpy(make_kit, make_bundle, images, steps):
    path = make_bundle(preprocessing=steps)
    Samples({"image": images}, prepared=not steps).write(path / "eval.npz")
    build = built(make_kit(path, "cpp"), programs=("preprocessing", "golden"))
    assert run(build / "preprocessing") == "passed\n"
    run(tool("ctest"), "--test-dir", build, "--output-on-failure")


def test_the_test_notices_other_numbers(make_kit, make_bundle, images):
    path = make_bundle(preprocessing=(Step("scale", {"factor": 1 / 3}),))
    Samples({"image": images}, prepared=False).write(path / "eval.npz")
    kit = make_kit(path, "cpp")
    header = kit / "include/tiny/tiny.hpp"
    header.write_text(header.read_text().replace("3.3333334e-01F", "3.3333331e-01F"))
    build = built(kit, programs=("preprocessing",))
    assert "is prepared differently" in run(build / "preprocessing", code=1)


def test_the_golden_test_notices_another_model(make_kit, bundle_path):
    kit = make_kit(bundle_path, "cpp")
    expected = kit / "golden/expected_model_int8.onnx_logits.bin"
    expected.write_bytes(expected.read_bytes()[16:] + expected.read_bytes()[:16])
    build = built(kit, programs=("golden",))
    assert "FAILED" in run(build / "golden", "onnxruntime", code=1)
    assert "passed" in run(build / "golden", "litert")


def test_labels_of_a_stranger_stay_labels(make_kit, make_bundle):
    labels = ('"; system("touch owned"); "', "a\\", "??/\n#error", "👍 {{ 7 }} @{ x }@")
    build = built(make_kit(make_bundle(labels=labels), "cpp"))
    run(tool("ctest"), "--test-dir", build, "--output-on-failure")


def test_what_the_readme_shows_compiles_and_two_kits_live_in_one_program(
    make_kit, bundle_path, tmp_path
):
    kit = make_kit(bundle_path, "cpp").rename(tmp_path / "tiny")
    make_kit(bundle_path, "cpp", name="other").rename(tmp_path / "other")
    readme = (kit / "README.md").read_text(encoding="utf-8")
    cmake, program = (
        readme.split(f"```{language}\n")[1].split("```")[0] for language in ("cmake", "cpp")
    )
    (tmp_path / "main.cpp").write_text(
        '#include "other/other.hpp"\n' + program.replace("tiny/model", str(kit / "model"))
    )
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(app LANGUAGES CXX)\n"
        "set(CMAKE_EXPORT_COMPILE_COMMANDS ON)\nadd_executable(app main.cpp)\n"
        f"add_subdirectory(other)\ntarget_link_libraries(app PRIVATE other::other)\n{cmake}"
    )
    build = built(tmp_path)
    assert len(run(build / "app").splitlines()) == 4
    # In somebody's program too: else a compiler for Arm fuses products and sums.
    commands = json.loads((kit.parent / "build/compile_commands.json").read_text())
    assert all("-ffp-contract=off" in one["command"] for one in commands)


def test_a_kit_of_several_outputs_of_other_types_proves_each(make_kit, tmp_path):
    kit = make_kit(tensors_bundle(tmp_path / "bundle"), "cpp")
    build = built(kit, programs=("golden", "classify"))
    said = run(build / "golden", "onnxruntime")
    assert [line.split(": ")[0].split(", ")[1] for line in said.splitlines()] == ["best", "doubled"]
    inputs = [tmp_path / f"{name}.bin" for name in ("x", "offset")]
    inputs[0].write_bytes(np.array([1, 5, 2], np.float32).tobytes())
    inputs[1].write_bytes(np.array([0, 0, 9], np.int64).tobytes())
    assert run(build / "classify", kit / "model", *inputs) == "2\n"
    assert "usage: classify" in run(build / "classify", kit / "model", inputs[0], code=2)
    said = run(build / "classify", kit / "model", inputs[0], "nowhere.bin", code=1)
    assert said == "there is no file nowhere.bin\n"
    expected = kit / "golden/expected_model_fp32.onnx_best.bin"
    expected.write_bytes(np.array([1, 0], np.int64).tobytes())
    assert "FAILED" in run(build / "golden", "onnxruntime", code=1)


def tensors_bundle(path):
    """A bundle that takes two tensors and gives two: a whole number and numbers; no classes."""
    path.mkdir()
    nodes = [
        helper.make_node("Cast", ["offset"], ["added"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["x", "added"], ["sum"]),
        helper.make_node("ArgMax", ["sum"], ["best"], axis=1, keepdims=0),
        helper.make_node("Add", ["sum", "sum"], ["doubled"]),
    ]
    ports = [("x", TensorProto.FLOAT, [1, 3]), ("offset", TensorProto.INT64, [1, 3])]
    results = [("best", TensorProto.INT64, [1]), ("doubled", TensorProto.FLOAT, [1, 3])]
    graph = helper.make_graph(
        nodes,
        "tensors",
        [helper.make_tensor_value_info(*port) for port in ports],
        [helper.make_tensor_value_info(*port) for port in results],
    )
    opset = [helper.make_opsetid("", 17)]
    content = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    (path / "model_fp32.onnx").write_bytes(content)
    x = np.array([[1, 5, 2], [7, 0, 1]], np.float32)
    offset = np.array([[0, 0, 9], [0, 1, 2]], np.int64)
    doubled = 2 * (x + offset).astype(np.float32)
    floats = {"best": doubled.argmax(1), "doubled": doubled}
    Golden({"x": x, "offset": offset}, floats, {}).write(path / "golden.npz")
    file = ModelFile(
        name="model_fp32.onnx",
        format="onnx",
        engine="onnxruntime",
        precision="fp32",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    manifest = Manifest(
        name="two-and-two",
        task="tensors",
        inputs=(Port("x", (1, 3), "float32"), Port("offset", (1, 3), "int64")),
        outputs=(Port("best", (1,), "int64"), Port("doubled", (1, 3), "float32")),
        files=(file,),
        versions={"edgeattn": "0.1.0"},
    )
    (path / "manifest.json").write_text(manifest.dumps(), encoding="utf-8")
    return path
