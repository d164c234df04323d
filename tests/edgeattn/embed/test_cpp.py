import dataclasses

import numpy as np
import pytest

from edgeattn.embed.cpp import FORMATS, cpp_step, facts, float_literal
from edgeattn.embed.embed import embed
from edgeattn.embed.kit import kit_of
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step
from tests.embed.android.text_bundle import LENGTH, PIECES, text_bundle


@pytest.mark.parametrize("number", [1 / 255, 0.1, 1.0, 3e-39, 1e38, -2.5, 0.0])
def test_a_literal_reads_back_as_the_same_float(number):
    assert np.float32(float_literal(number).removesuffix("F")) == np.float32(number)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step("cast", {"dtype": "float32"}), "std::move(x)"),
        (Step("transpose", {"axes": [0, 3, 1, 2]}), "edgeattn::transpose(x, {0, 3, 1, 2})"),
        (
            Step("normalize", {"mean": [0.5, 1], "std": [2, 4]}),
            "edgeattn::normalize(std::move(x), {5.e-01F, 1.e+00F}, {2.e+00F, 4.e+00F}, 3)",
        ),
    ],
)
def test_a_step_becomes_a_call(step, call):
    assert cpp_step(step, 4) == call


def test_reading_pixels_is_their_cast_already(make_kit):
    steps = (
        Step("resize", {"size": [8, 8]}),
        Step("cast", {"dtype": "float32"}),
        Step("scale", {"factor": 0.5}),
    )
    assert facts(make_kit(preprocessing=steps))["steps"] == [
        "edgeattn::scale(std::move(x), 5.e-01F)"
    ]


def test_a_kit_for_texts_carries_its_vocabulary_and_golden_tokens(tmp_path):
    done = embed(open_bundle(text_bundle(tmp_path / "bundle")), "cpp", tmp_path / "kit")
    assert done.kit.kind == "text"
    vocabulary = (done.folder / "model/vocabulary.txt").read_text(encoding="utf-8")
    assert vocabulary.split("\n")[:-1] == list(PIECES.vocabulary)
    header = (done.folder / "include/tiny_text/tiny_text.hpp").read_text(encoding="utf-8")
    assert f'pieces_(folder + "/vocabulary.txt", {len(PIECES.vocabulary)})' in header
    assert {"golden/texts.txt", "golden/texts_ids.bin"} <= set(done.files)
    assert "include/edgeattn/photo.hpp" not in done.files


def test_a_kit_of_another_kind_carries_no_tokenizer(bundle_path, tmp_path):
    files = embed(open_bundle(bundle_path), "cpp", tmp_path / "kit").files
    assert not [name for name in files if "letters" in name or "words" in name or "vocab" in name]


def test_ids_of_another_length_than_the_tokenizer_s_come_as_tensors(tmp_path):
    options = {name: value for name, value in PIECES.to_step(LENGTH + 1).items() if name != "step"}
    bundle = text_bundle(tmp_path / "bundle", steps=(Step("tokenize", options),))
    kit = kit_of(open_bundle(bundle), formats=FORMATS)
    assert kit.kind == "tensors"
    assert facts(kit)["tokens"] is None


def test_the_numbers_of_pieces_are_written_as_the_model_takes_them(tmp_path):
    kit = embed(open_bundle(text_bundle(tmp_path / "bundle")), "cpp", tmp_path / "kit")
    header = (kit.folder / "include/tiny_text/tiny_text.hpp").read_text(encoding="utf-8")
    assert "engine_->write(0, ids.data());" in header
    assert "engine_->write(1, edgeattn::mask_of<float>(ids).data());" in header


def test_a_batch_that_the_golden_vectors_do_not_fill_is_refused(make_kit):
    ports = (Port("image", (64, 8), "float32"),)
    with pytest.raises(BadUsage, match=r"takes batches of 64, and .* golden vectors are only 4"):
        facts(
            dataclasses.replace(
                kit := make_kit(), manifest=dataclasses.replace(kit.manifest, inputs=ports)
            )
        )


@pytest.mark.parametrize("name", ["test", "all", "classify", "edgeattn", "linux", "errno", "time"])
def test_a_name_that_cmake_or_c_has_taken_becomes_another(name, bundle_path, tmp_path):
    done = embed(open_bundle(bundle_path), "cpp", tmp_path / "kit", name=name)
    assert (done.folder / f"include/model_{name}/model_{name}.hpp").is_file()
