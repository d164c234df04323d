from __future__ import annotations

import shutil

import numpy as np
import pytest

from edgeattn_runtime import bundle as bundles
from edgeattn_runtime import open_bundle, session
from edgeattn_runtime.errors import BadEnvironment, BadUsage, BrokenBundle
from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Golden, Samples


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


def only(monkeypatch, *engines):
    """Pretend that only these engines are installed."""
    for module in (session, bundles):
        monkeypatch.setattr(module, "is_installed", lambda engine: engine in engines)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("engine", ["onnx", "tflite"])
def test_every_file_opens_and_runs(bundle, precision, engine, tiny, images):
    found = bundle.session(precision, engine).run({"image": images[:1]})["logits"]
    expected = (tiny.exact if precision == "fp32" else tiny.simulate)(images[:1])
    # one integer step for int8, a few units in the last place for fp32
    atol = tiny.output_scale if precision == "int8" else 1e-5
    np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


def test_a_path_may_be_text(bundle_path):
    assert open_bundle(str(bundle_path)).manifest.name == "tiny"


@pytest.mark.parametrize(
    ("precision", "engine", "file"),
    [
        (None, None, "model_int8.onnx"),
        (None, "onnx", "model_int8.onnx"),
        (None, "onnxruntime", "model_int8.onnx"),
        (None, "tflite", "model_fp32.tflite"),
        (None, "ai-edge-litert", "model_fp32.tflite"),
        ("fp32", None, "model_fp32.tflite"),
        ("fp32", "onnx", "model_fp32.onnx"),
        ("int8", "tflite", "model_int8.tflite"),
    ],
)
def test_without_a_word_the_recommended_file_is_taken(bundle, precision, engine, file):
    assert bundle.choose(precision, engine).name == file


def test_without_an_engine_an_installed_one_is_taken(bundle, monkeypatch):
    only(monkeypatch, "tflite-runtime")
    assert bundle.choose().name == "model_fp32.tflite"
    assert bundle.choose("int8").name == "model_int8.tflite"


def test_no_engine_at_all_is_named_with_the_pip_command(bundle, monkeypatch):
    only(monkeypatch)
    with pytest.raises(BadEnvironment, match="`pip install onnxruntime` adds"):
        bundle.session()


def test_a_board_may_hold_the_files_of_one_engine_only(bundle_path):
    for name in ("model_fp32.onnx", "model_int8.onnx"):
        (bundle_path / name).unlink()
    assert open_bundle(bundle_path).choose().name == "model_fp32.tflite"


def test_a_precision_that_is_not_there_is_refused_with_what_is(bundle):
    with pytest.raises(BadUsage, match="no fp16 onnx file; it has fp32 onnx, int8 onnx"):
        bundle.session("fp16", "onnx")


def test_an_unknown_engine_is_refused(bundle):
    with pytest.raises(BadUsage, match="no engine 'tpu'; choose one of onnx, tflite"):
        bundle.session(engine="tpu")


def test_an_altered_file_is_refused_before_an_engine_sees_it(bundle_path):
    path = bundle_path / "model_int8.onnx"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(BrokenBundle, match=r"has sha256 .*, the manifest says .*; copy the bundle"):
        open_bundle(bundle_path).session("int8", "onnx")


def test_a_truncated_file_is_refused_on_opening_the_bundle(bundle_path):
    path = bundle_path / "model_int8.onnx"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BrokenBundle, match=r"model_int8.onnx has \d+ bytes, the manifest says"):
        open_bundle(bundle_path)


def test_a_bundle_without_its_models_is_refused(bundle_path):
    for path in bundle_path.glob("model_*"):
        path.unlink()
    with pytest.raises(BrokenBundle, match="holds none of its model files"):
        open_bundle(bundle_path)


def test_a_file_that_disappears_is_missed(bundle):
    file = bundle.choose("fp32", "onnx")
    (bundle.path / file.name).unlink()
    with pytest.raises(BrokenBundle, match=r"model_fp32.onnx is missing"):
        bundle.open(file)


def test_a_link_out_of_the_bundle_is_refused(bundle_path, tmp_path):
    outside = tmp_path / "outside.onnx"
    shutil.move(bundle_path / "model_fp32.onnx", outside)
    (bundle_path / "model_fp32.onnx").symlink_to(outside)
    with pytest.raises(BrokenBundle, match=r"is a link to .*outside.onnx, outside the bundle"):
        open_bundle(bundle_path)


def test_a_link_to_the_bundle_itself_is_followed(bundle_path, tmp_path):
    (tmp_path / "latest").symlink_to(bundle_path)
    assert open_bundle(tmp_path / "latest").session().engine == "onnxruntime"


def test_a_linked_golden_file_is_refused(bundle_path, tmp_path):
    shutil.move(bundle_path / "golden.npz", tmp_path / "golden.npz")
    (bundle_path / "golden.npz").symlink_to(tmp_path / "golden.npz")
    with pytest.raises(BrokenBundle, match=r"golden.npz is a link"):
        open_bundle(bundle_path).golden()


def test_no_folder_is_refused(tmp_path):
    with pytest.raises(BrokenBundle, match=r"there is no bundle folder .*edgeattn convert"):
        open_bundle(tmp_path / "none")


def test_a_file_of_the_bundle_is_refused_with_its_folder(bundle_path):
    with pytest.raises(BrokenBundle, match=r"manifest.json is a file; .* such as .*bundle"):
        open_bundle(bundle_path / "manifest.json")


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(BrokenBundle, match=r"has no manifest.json, so it is no bundle"):
        open_bundle(tmp_path)


def test_an_absurdly_large_manifest_is_refused_unread(bundle_path):
    with (bundle_path / "manifest.json").open("r+b") as file:
        file.truncate(100 << 20)
    with pytest.raises(BrokenBundle, match=r"manifest.json has 105 MB, the limit is 4"):
        open_bundle(bundle_path)


def test_a_manifest_that_is_no_text_is_refused(bundle_path):
    (bundle_path / "manifest.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(BrokenBundle, match=r"manifest.json cannot be read"):
        open_bundle(bundle_path)


def test_a_manifest_that_points_outside_is_refused(bundle_path, edit_manifest):
    edit_manifest(bundle_path, lambda read: read["files"][0].update(name="../../secret.onnx"))
    with pytest.raises(BrokenBundle, match="no plain file name; files lie directly in the bundle"):
        open_bundle(bundle_path)


def test_a_model_that_takes_something_else_than_the_manifest_says_is_refused(
    bundle_path, edit_manifest
):
    edit_manifest(bundle_path, lambda read: read["inputs"][0].update(shape=[1, 9]))
    with pytest.raises(BrokenBundle, match=r"takes image float32 \[1, 8\]; the manifest says"):
        open_bundle(bundle_path).session()


def test_golden_vectors_come_with_their_inputs(bundle, images):
    np.testing.assert_array_equal(bundle.golden().inputs["image"], images[:4])


@pytest.mark.parametrize("name", ["golden.npz", "eval.npz"])
def test_truncated_arrays_are_refused(bundle, name):
    path = bundle.path / name
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(BrokenBundle, match=f"{name} .*truncated"):
        bundle.golden() if name == "golden.npz" else bundle.evaluation()


def test_missing_golden_vectors_are_named(bundle):
    (bundle.path / "golden.npz").unlink()
    with pytest.raises(BrokenBundle, match=r"golden.npz is missing"):
        bundle.golden()


def test_golden_inputs_of_another_shape_are_refused(bundle, images):
    Golden({"image": images[:, :5]}, {"logits": images}, {}).write(bundle.path / "golden.npz")
    with pytest.raises(BrokenBundle, match=r"holds float32 \[40, 5\] where the model takes image"):
        bundle.golden()


def test_golden_inputs_of_another_name_are_refused(bundle, images):
    Golden({"sound": images}, {"logits": images}, {}).write(bundle.path / "golden.npz")
    with pytest.raises(BrokenBundle, match="holds no such input where the model takes image"):
        bundle.golden()


def test_a_bundle_may_have_no_labelled_samples(bundle):
    (bundle.path / "eval.npz").unlink()
    assert bundle.evaluation() is None


def test_prepared_samples_are_fed_as_they_are(bundle, images):
    np.testing.assert_array_equal(bundle.evaluation().x["image"], images)


def test_raw_samples_take_the_manifests_numpy_steps(make_bundle, images):
    path = make_bundle(
        preprocessing=(
            Step("resize", {"size": [1, 8]}),
            Step("cast", {"dtype": "float32"}),
            Step("scale", {"factor": 0.5}),
        )
    )
    raw = np.arange(16, dtype=np.uint8).reshape(2, 8)
    Samples({"image": raw}, np.array([0, 1]), prepared=False).write(path / "eval.npz")
    found = open_bundle(path).evaluation()
    np.testing.assert_array_equal(found.x["image"], raw.astype(np.float32) / 2)
    assert found.prepared


def test_samples_of_another_model_are_refused(bundle, images):
    Samples({"sound": images}, None).write(bundle.path / "eval.npz")
    with pytest.raises(BrokenBundle, match=r"eval.npz cannot be used: .*the model takes image"):
        bundle.evaluation()


def test_a_file_for_another_engine_is_taken_last(bundle_path, edit_manifest):
    def made_for_tensorrt(manifest):
        for file in manifest["files"]:
            if file["format"] == "onnx":
                file["target"] = "tensorrt"

    edit_manifest(bundle_path, made_for_tensorrt)
    bundle = open_bundle(bundle_path)
    assert bundle.choose("int8").name == "model_int8.tflite"
    assert bundle.choose("int8", "onnx").name == "model_int8.onnx"
