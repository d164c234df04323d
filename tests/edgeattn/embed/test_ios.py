import pytest

from edgeattn.embed.embed import embed
from edgeattn.embed.ios import swift_step
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.preprocessing import Step
from tests.edgeattn.embed.kit_files import kit_files
from tests.embed.android.text_bundle import PIECES, text_bundle

RESOURCES = "Sources/Tiny/Resources/"


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step("transpose", {"axes": [0, 3, 1, 2]}), "transpose([0, 3, 1, 2])"),
        (
            Step("normalize", {"mean": [0.5, 1], "std": [2, 4]}),
            "normalize(mean: [5.0e-01, 1.0e+00], std: [2.0e+00, 4.0e+00], axis: 3)",
        ),
    ],
)
def test_a_step_becomes_a_call(step, call):
    assert swift_step(step, 4) == call


def test_the_model_and_what_it_promises_are_resources(bundle_path, tmp_path):
    files = kit_files("ios", bundle_path, tmp_path)
    model = (bundle_path / "model_int8.onnx").read_bytes()
    assert files[f"{RESOURCES}model_int8.onnx"] == model
    assert len(files[f"{RESOURCES}golden/input_image.bin"]) == 4 * 8 * 4
    assert f"{RESOURCES}golden/expected_model_int8.onnx_logits.bin" in files
    assert not [name for name in files if "tflite" in name]


def test_only_what_the_kind_needs_is_there(bundle_path, tmp_path):
    files = kit_files("ios", bundle_path, tmp_path)
    assert not [name for name in files if "Photo" in name or "WordPiece" in name]


def test_a_text_model_carries_its_tokenizer(tmp_path):
    files = kit_files("ios", text_bundle(tmp_path / "bundle"), tmp_path)
    vocabulary = files["Sources/TinyText/Resources/vocabulary.txt"]
    assert vocabulary.decode().split("\n")[:-1] == list(PIECES.vocabulary)
    assert "Tests/TinyTextTests/Resources/golden/texts.txt" in files
    classifier = files["Sources/TinyText/TinyTextClassifier.swift"].decode()
    assert "func classify(_ text: String" in classifier


def test_labels_of_a_stranger_stay_strings(make_bundle, tmp_path):
    files = kit_files(
        "ios", make_bundle(labels=('"; evil()', "\\(evil())", "*/", "a\nb")), tmp_path
    )
    model = files["Sources/Tiny/Model.swift"].decode()
    assert '"\\"; evil()"' in model
    assert '"\\\\(evil())"' in model
    assert '"a\\u{a}b"' in model


def test_a_bundle_without_onnx_is_refused(bundle_path, tmp_path):
    for name in ("model_fp32.onnx", "model_int8.onnx"):
        (bundle_path / name).unlink()
    with pytest.raises(BadUsage, match="onnx"):
        embed(open_bundle(bundle_path), "ios", tmp_path / "kit")


def test_the_readme_says_how_to_get_a_core_ml_model_and_what_was_not_compiled(
    bundle_path, tmp_path
):
    files = kit_files("ios", bundle_path, tmp_path)
    readme = files["README.md"].decode()
    assert "`edgeattn embed BUNDLE ios --coreml` makes one" in readme
    assert "syntax checked, not compiled" in readme
    assert not [name for name in files if "CoreML" in name or "mlpackage" in name]
