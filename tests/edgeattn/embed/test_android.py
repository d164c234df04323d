import pytest

from edgeattn.embed.android import facts, kotlin_step
from edgeattn_runtime.preprocessing import Step
from tests.edgeattn.embed.kit_files import kit_files
from tests.embed.android.text_bundle import PIECES, text_bundle

ASSETS = "library/src/{}/assets/tiny/"


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step("transpose", {"axes": [0, 3, 1, 2]}), "transpose(0, 3, 1, 2)"),
        (
            Step("normalize", {"mean": [0.5, 1], "std": [2, 4]}),
            "normalize(floatArrayOf(5.0e-01f, 1.0e+00f), floatArrayOf(2.0e+00f, 4.0e+00f), 3)",
        ),
    ],
)
def test_a_step_becomes_a_call(step, call):
    assert kotlin_step(step, 4) == call


def test_reading_numbers_is_their_cast_already(make_kit):
    steps = (Step("cast", {"dtype": "float32"}), Step("scale", {"factor": 0.5}))
    assert facts(make_kit(preprocessing=steps))["steps"] == ["scale(5.0e-01f)"]


def test_each_engine_s_model_and_promises_are_assets_of_its_flavor(bundle_path, tmp_path):
    files = kit_files("android", bundle_path, tmp_path)
    for flavor, model in (("litert", "model_fp32.tflite"), ("onnxruntime", "model_int8.onnx")):
        folder = ASSETS.format(flavor)
        assert files[f"{folder}{model}"] == (bundle_path / model).read_bytes()
        assert len(files[f"{folder}golden/expected_{model}_logits.bin"]) == 4 * 4 * 4
        assert (
            f'"{model}"' in files[f"library/src/{flavor}/kotlin/edgeattn/tiny/Engines.kt"].decode()
        )
    assert len(files[f"{ASSETS.format('main')}golden/input_image.bin"]) == 4 * 8 * 4
    assert files["manifest.json"] == (bundle_path / "manifest.json").read_bytes()


def test_every_path_of_the_kit_is_its_own_package(bundle_path, tmp_path):
    files = kit_files("android", bundle_path, tmp_path, name="Daumen hoch!")
    sources = [name for name in files if name.endswith(".kt")]
    assert sources
    assert all("/kotlin/edgeattn/daumen_hoch/" in name for name in sources)
    assert all(b"package edgeattn.daumen_hoch" in files[name] for name in sources)


def test_nothing_of_a_missing_engine_or_another_kind_stays(bundle_path, tmp_path):
    (bundle_path / "model_fp32.tflite").unlink()
    (bundle_path / "model_int8.tflite").unlink()
    files = kit_files("android", bundle_path, tmp_path)
    assert not [name for name in files if "litert" in name.lower()]
    assert not [name for name in files if "Photo" in name or "WordPiece" in name]
    gradle = files["library/build.gradle.kts"].decode()
    assert "libs.litert" not in gradle
    assert 'create("litert")' not in gradle
    assert (
        'missingDimensionStrategy("engine", "onnxruntime")'
        in files["app/build.gradle.kts"].decode()
    )


def test_what_an_app_compresses_leaves_models_alone(bundle_path, tmp_path):
    files = kit_files("android", bundle_path, tmp_path)
    kept = 'noCompress += listOf("tflite", "onnx", "bin")'
    assert kept in files["app/build.gradle.kts"].decode()
    assert b"-keep class ai.onnxruntime.** { *; }" in files["library/consumer-rules.pro"]


def test_a_text_model_carries_its_tokenizer(tmp_path):
    files = kit_files("android", text_bundle(tmp_path / "bundle"), tmp_path)
    vocabulary = files["library/src/main/assets/tiny_text/vocabulary.txt"]
    assert vocabulary.decode().split("\n")[:-1] == list(PIECES.vocabulary)
    assert "library/src/test/resources/golden/texts_ids.bin" in files
    classifier = "library/src/main/kotlin/edgeattn/tiny_text/TinyTextClassifier.kt"
    assert b"suspend fun classify(text: String" in files[classifier]


def test_a_bundle_without_preprocessing_takes_numbers_as_they_are(bundle_path, tmp_path):
    files = kit_files("android", bundle_path, tmp_path)
    steps = files["library/src/main/kotlin/edgeattn/tiny/Preprocessing.kt"].decode()
    assert "fun prepare(sample: FloatArray): FloatArray = sample" in steps


def test_labels_of_a_stranger_stay_strings(make_bundle, tmp_path):
    labels = ('"; evil()', "${evil()}", "*/ evil", "a\nb")
    files = kit_files("android", make_bundle(labels=labels), tmp_path)
    model = files["library/src/main/kotlin/edgeattn/tiny/Model.kt"].decode()
    assert '"\\"; evil()"' in model
    assert '"\\${evil()}"' in model
    assert '"a\\u000ab"' in model
    assert "4 classes: evil(), evil(), evil, a b.\n" in model


def test_the_readme_says_what_was_executed_and_what_was_not(bundle_path, tmp_path):
    readme = kit_files("android", bundle_path, tmp_path)["README.md"].decode()
    assert "| a phone, its GPU | not executed |" in readme
    assert "compiled with Kotlin 2.4, warnings are errors, against stubs" in readme
