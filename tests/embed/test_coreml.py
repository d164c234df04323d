"""The Core ML model of an iOS kit: made by coremltools, counted, and run operator by operator.

Core ML itself runs on Apple's systems alone; `mil` does what its reference says of each operator.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper

from edgeattn_runtime.bundle import open_bundle
from tests.boards.cache import built
from tests.embed import grammar, swift
from tests.embed.android.text_bundle import text_bundle
from tests.embed.conftest import unavailable

pytestmark = [pytest.mark.embed, pytest.mark.xdist_group("coreml")]

ROOT = Path(__file__).parents[2]
# Without its dependencies: NumPy, protobuf and SymPy are here already, in the versions under test.
PACKAGES = ("coremltools==9.0", "attrs==26.1.0", "cattrs==26.2.1", "pyaml==26.7.0", "pyyaml==6.0.3",
            "tqdm==4.70.1")  # fmt: skip


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """The environment of a Python that has coremltools."""

    def fill(folder: Path) -> None:
        words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        words += ["--target", str(folder), *PACKAGES]
        done = subprocess.run(
            [sys.executable, "-m", "pip", *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            shutil.rmtree(folder)
            unavailable(f"pip cannot give {PACKAGES[0]}: {done.stderr.strip()[-300:]}")

    roots = [ROOT, *(ROOT / name for name in ("runtime", "converters", "devices"))]
    path = [*roots, built("-".join(PACKAGES[:2]), fill)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}


def run(environment, *words, code=0):
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done


def made(environment, bundle, out):
    """Write a kit as a user does; return its folder and what was said of the Core ML model."""
    words = ("edgeattn", "embed", bundle, "ios", "--coreml", "--json", "--out", out)
    return out, json.loads(run(environment, *words).stdout)["coreml"]


@pytest.fixture(scope="module")
def photo_kit(environment, gesture_bundle, tmp_path_factory):
    return made(environment, gesture_bundle, tmp_path_factory.mktemp("photo") / "kit")


def off_by(environment, bundle, package, tmp_path):
    """Run a package on the golden inputs; return its error as a share of the outputs' range."""
    golden = open_bundle(bundle).golden()
    np.savez(tmp_path / "inputs.npz", **golden.inputs)
    run(environment, "tests.embed.mil", package, tmp_path / "inputs.npz", tmp_path / "found.npz")
    with np.load(tmp_path / "found.npz") as found:
        (numbers,) = (found[name] for name in found.files)
    (wanted,) = golden.float_outputs.values()
    same = np.array_equal(numbers.argmax(1), wanted.argmax(1))
    return float(np.abs(numbers - wanted).max() / np.ptp(wanted)), same


def package_of(kit):
    return next(kit.rglob("model.mlpackage"))


def test_the_program_holds_the_operators_of_the_model_and_no_others(photo_kit):
    said = photo_kit[1]
    assert (said["weights"], said["arithmetic"], said["unknown"]) == ("int8", "float16", [])
    assert said["operators"] == {
        "add": 4,  # two residual sums in each of two blocks
        "cast": 2,  # float32 to float16, and back
        "constexpr_affine_dequantize": 16,  # weights of more than 2,048 numbers
        "conv": 5,
        "linear": 13,
        "matmul": 4,  # scores and values, in two blocks
        "reduce_mean": 1,
        "relu": 5,
        "reshape": 9,
        "softmax": 2,
        "transpose": 9,
    }


def test_the_kit_around_it_is_swift_and_every_name_is_declared(photo_kit):
    files = {path.name: path.read_bytes() for path in photo_kit[0].rglob("*.swift")}
    assert "CoreMLEngine.swift" in files
    assert [line for text in files.values() for line in grammar.wrong_lines("swift", text)] == []
    assert swift.undeclared([*files.values()]) <= {"GestureHybrid"}
    assert max(len(line) for text in files.values() for line in text.splitlines()) <= 100


def test_the_package_is_a_quarter_of_the_float_model(photo_kit, gesture_bundle):
    assert photo_kit[1]["bytes"] < 0.3 * (gesture_bundle / "model_fp32.onnx").stat().st_size


def test_the_program_answers_the_golden_vectors(photo_kit, environment, gesture_bundle, tmp_path):
    off, same = off_by(environment, gesture_bundle, package_of(photo_kit[0]), tmp_path)
    assert same
    assert 0 < off <= 0.01  # weights of 255 levels and float16: half of what the kit's test allows


def test_a_weight_that_changed_on_the_way_is_noticed(
    photo_kit, environment, gesture_bundle, tmp_path
):
    package = shutil.copytree(package_of(photo_kit[0]), tmp_path / "model.mlpackage")
    weights = package / "Data/com.apple.CoreML/weights/weight.bin"
    content = bytearray(weights.read_bytes())
    heads = [*(one.start() for one in re.finditer(b"\xef\xbe\xad\xde", content)), len(content)]
    begin, end = max(itertools.pairwise(heads), key=lambda blob: blob[1] - blob[0])
    content[begin + 64 : end] = bytes(end - begin - 64)  # the largest weight, behind its head
    weights.write_bytes(content)
    assert off_by(environment, gesture_bundle, package, tmp_path)[0] > 0.02


def test_a_model_of_text_takes_ids_and_mask(environment, tmp_path):
    bundle = text_bundle(tmp_path / "text")
    kit, said = made(environment, bundle, tmp_path / "kit")
    assert set(said["operators"]) == {"cast", "mul", "linear"}
    assert off_by(environment, bundle, package_of(kit), tmp_path)[0] <= 0.02
    model = (kit / "Sources/TinyText/Model.swift").read_text()
    assert 'coreMLInputs: [String] = ["ids", "mask"]' in model


def test_an_operator_without_counterpart_ends_with_1_and_leaves_no_kit(
    environment, make_bundle, tiny, edit_manifest, tmp_path
):
    bundle = make_bundle()
    nodes = [
        helper.make_node("MatMul", ["image", "weight"], ["all"]),
        helper.make_node("Mod", ["all", "largest"], ["logits"], fmod=1),
    ]
    graph = helper.make_graph(
        nodes, "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 4])],
        [helper.make_tensor("weight", TensorProto.FLOAT, [8, 4], tiny.weight.T.ravel()),
         helper.make_tensor("largest", TensorProto.FLOAT, [], [1e9])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    content = model.SerializeToString()
    (bundle / "model_fp32.onnx").write_bytes(content)

    def resize(read):
        (file,) = (one for one in read["files"] if one["name"] == "model_fp32.onnx")
        file["bytes"] = len(content)

    edit_manifest(bundle, resize)
    words = ("edgeattn", "embed", bundle, "ios", "--coreml", "--out", tmp_path / "kit")
    done = run(environment, *words, code=1)
    assert "coremltools 9.0 cannot convert tiny: " in done.stderr
    assert "fmod" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "kit").exists()
