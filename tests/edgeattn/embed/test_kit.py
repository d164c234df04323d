import pytest

from edgeattn.embed.kit import kit_of
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadUsage, BrokenBundle
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step

BOTH = ("onnx", "tflite")


def test_of_each_format_the_recommended_file_is_taken(make_kit):
    assert [file.name for file in make_kit().files] == ["model_int8.onnx", "model_fp32.tflite"]


def test_a_name_can_be_given(bundle_path):
    kit = kit_of(open_bundle(bundle_path), name="Fist or palm", formats=BOTH)
    assert kit.names.type == "FistOrPalm"


def test_classes_without_names_are_numbered(make_kit):
    assert make_kit(labels=None).labels == ("0", "1", "2", "3")


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ((), "numbers"),
        ((Step("scale", {"factor": 2.0}),), "numbers"),
        ((Step("frames", {"rate": 8000, "samples": 8}),), "sound"),
        ((Step("resize", {"size": [8, 8]}),), "photo"),
        ((Step("tokenize", {"length": 8, "ids": "image"}),), "text"),
        ((Step("tokenize", {"length": 9, "ids": "image"}),), "tensors"),  # the model takes 8
        ((Step("tokenize", {"length": 8}),), "tensors"),  # the model takes no `ids`
        ((Step("tokenize", {}),), "tensors"),
        (
            (Step("tokenize", {"length": 8, "ids": "image"}), Step("scale", {"factor": 2})),
            "tensors",
        ),
        ((Step("crop", {"size": [8, 8]}),), "tensors"),
    ],
)
def test_the_steps_tell_what_a_sample_is(make_kit, steps, kind):
    assert make_kit(preprocessing=steps).kind == kind


def test_steps_before_numpy_are_not_among_the_steps(make_kit):
    resize, scale = Step("resize", {"size": [8, 8]}), Step("scale", {"factor": 2.0})
    assert make_kit(preprocessing=(resize, scale)).steps == (scale,)


def test_a_bundle_that_the_target_cannot_run_is_refused(bundle_path):
    for file in bundle_path.glob("*.tflite"):
        file.unlink()
    with pytest.raises(BadUsage, match=r"holds model_fp32.onnx, model_int8.onnx, .* --to tflite"):
        kit_of(open_bundle(bundle_path), formats=("tflite",))


def test_files_for_other_engines_alone_are_refused_by_the_name_of_those(bundle_path, edit_manifest):
    def for_npus(read):
        for file in read["files"]:
            file["target"] = "qnn"
        read["recommended"] = {}

    edit_manifest(bundle_path, for_npus)
    with pytest.raises(BadUsage, match="made for qnn, which this kit does not run; convert"):
        kit_of(open_bundle(bundle_path), formats=BOTH)


@pytest.mark.parametrize("first", ["onnxruntime-wasm", "onnxruntime-webgpu"])
def test_a_file_for_a_preferred_policy_goes_before_the_recommended_one(
    bundle_path, edit_manifest, first
):
    def for_browsers(read):
        names = {"model_fp32.onnx": "qnn", "model_int8.onnx": first}
        for file in read["files"]:
            file["target"] = names.get(file["name"])
        read["recommended"]["onnx"] = {"file": "model_fp32.onnx", "reason": "it is faster here"}

    edit_manifest(bundle_path, for_browsers)
    bundle = open_bundle(bundle_path)
    prefer = ("onnxruntime-wasm", "onnxruntime-webgpu")
    (file,) = kit_of(bundle, formats=("onnx",), prefer=prefer).files
    assert file.name == "model_int8.onnx"
    (file,) = kit_of(bundle, formats=("onnx",)).files
    assert file.name == "model_fp32.onnx"


@pytest.mark.parametrize(
    ("port", "message"),
    [
        (Port("logits", (1, -1), "float32"), "needs to know its lengths beforehand"),
        (Port("logits", (1, 4), "float64"), "is float64; kits speak float32"),
        (Port("logits", (1, 1 << 27), "float32"), "is too large for an app"),
    ],
)
def test_outputs_that_an_app_cannot_hold_are_refused(make_kit, port, message):
    with pytest.raises(BadUsage, match=message):
        make_kit(outputs=(port,))


def test_an_altered_model_is_not_carried_into_an_app(bundle_path):
    path = bundle_path / "model_int8.onnx"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BrokenBundle, match="copy the bundle again"):
        kit_of(open_bundle(bundle_path), formats=BOTH)


def test_a_bundle_without_golden_vectors_cannot_prove_itself(bundle_path):
    (bundle_path / "golden.npz").unlink()
    with pytest.raises(BrokenBundle, match=r"golden\.npz"):
        kit_of(open_bundle(bundle_path), formats=BOTH)
