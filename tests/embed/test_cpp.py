"""The C++ kit, built without warnings and run: golden vectors, preprocessing, the example."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from edgeattn.data.picture import cover
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.preprocessing import Step, numpy_steps, preprocess
from edgeattn_runtime.samples import Samples
from tests.embed.conftest import tool
from tests.embed.cpp_tools import built, run

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("cpp")]


def test_a_kit_for_photos_builds_and_proves_itself(make_kit, gesture_bundle):
    build = built(make_kit(gesture_bundle, "cpp"))
    said = run(tool("ctest"), "--test-dir", build, "--output-on-failure")
    assert "100% tests passed, 0 tests failed out of 3" in said


def test_the_example_sees_in_a_photo_what_python_sees(make_kit, gesture_bundle, tmp_path):
    build = built(make_kit(gesture_bundle, "cpp"))
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
    build = built(make_kit(path, "cpp"))
    assert run(build / "preprocessing") == "passed\n"
    run(tool("ctest"), "--test-dir", build, "--output-on-failure")


def test_the_test_notices_other_numbers(make_kit, make_bundle, images):
    path = make_bundle(preprocessing=(Step("scale", {"factor": 1 / 3}),))
    Samples({"image": images}, prepared=False).write(path / "eval.npz")
    kit = make_kit(path, "cpp")
    header = kit / "include/tiny/tiny.hpp"
    header.write_text(header.read_text().replace("3.3333334e-01F", "3.3333331e-01F"))
    build = built(kit)
    assert "is prepared differently" in run(build / "preprocessing", code=1)


def test_the_golden_test_notices_another_model(make_kit, bundle_path):
    kit = make_kit(bundle_path, "cpp")
    expected = kit / "golden/expected_model_int8.onnx_logits.bin"
    expected.write_bytes(expected.read_bytes()[16:] + expected.read_bytes()[:16])
    build = built(kit)
    assert "FAILED" in run(build / "golden", "onnxruntime", code=1)
    assert "passed" in run(build / "golden", "litert")


def test_labels_of_a_stranger_stay_labels(make_kit, make_bundle):
    labels = ('"; system("touch owned"); "', "a\\", "??/\n#error", "👍 {{ 7 }} @{ x }@")
    build = built(make_kit(make_bundle(labels=labels), "cpp"))
    run(tool("ctest"), "--test-dir", build, "--output-on-failure")


def test_the_readme_s_own_project_compiles(make_kit, bundle_path, tmp_path):
    kit = make_kit(bundle_path, "cpp")
    app = tmp_path / "app"
    app.mkdir()
    (app / "main.cpp").write_text(
        '#include "tiny/tiny.hpp"\n'
        "int main() { tiny::Tiny model(MODEL); return model.classify(std::vector<float>(8)).size() "
        "== 4 ? 0 : 1; }\n"
    )
    (app / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\nproject(app LANGUAGES CXX)\n"
        f'add_subdirectory("{kit}" tiny)\nadd_executable(app main.cpp)\n'
        "target_link_libraries(app PRIVATE tiny::tiny)\n"
        f'target_compile_definitions(app PRIVATE "MODEL=\\"{kit}/model\\"")\n'
    )
    build = built(app)
    run(build / "app")


def test_the_compile_commands_hold_what_makes_numbers_exact(make_kit, bundle_path):
    build = built(make_kit(bundle_path, "cpp"))
    commands = json.loads((build / "compile_commands.json").read_text())
    assert all("-ffp-contract=off" in one["command"] for one in commands)
