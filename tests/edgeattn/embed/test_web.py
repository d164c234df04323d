import gzip
import json
import re

import numpy as np
import pytest

from edgeattn.embed.embed import embed
from edgeattn.embed.texts import TEXTS
from edgeattn.embed.web import facts, listed, literal, probe, probe_samples, spec_source
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.preprocessing import Step
from tests.embed.android.text_bundle import LENGTH, PIECES, text_bundle

PHOTO = (
    Step("resize", {"size": [8, 8]}),
    Step("cast", {"dtype": "float32"}),
    Step("scale", {"factor": 1 / 255}),
)


def test_every_template_is_filled_and_the_golden_vectors_stay_with_the_tests(make_bundle, tmp_path):
    done = embed(open_bundle(make_bundle()), "web", tmp_path / "kit")
    texts = [
        (done.folder / name).read_text(encoding="utf-8")
        for name in done.files
        if name.endswith((".ts", ".js", ".mjs", ".html", ".json", ".md"))
    ]
    assert not [text for text in texts if "{%" in text or "@{" in text]
    assert "tests/golden/golden.json" in done.files
    assert not [name for name in done.files if name.startswith("golden/")]
    assert {"model/probe.bin", "lib/index.js", "lib/index.d.ts", "src/index.ts"} <= set(done.files)


def test_each_module_has_its_source_its_code_and_its_types(make_bundle, tmp_path):
    files = set(embed(open_bundle(make_bundle()), "web", tmp_path / "kit").files)
    sources = {name[4:-3] for name in files if name.startswith("src/")}
    assert sources == {name[4:-3] for name in files if re.match(r"lib/.*(?<!\.d)\.js$", name)}
    assert sources == {name[4:-5] for name in files if name.endswith(".d.ts")}


def test_a_kit_for_photos_holds_no_tokenizer(make_bundle, tmp_path):
    files = embed(open_bundle(make_bundle(preprocessing=PHOTO)), "web", tmp_path / "kit").files
    assert "lib/edgeattn/photo.js" in files
    assert "lib/edgeattn/wordpiece.js" not in files


def test_a_kit_for_numbers_holds_nothing_of_photos(make_bundle, tmp_path):
    files = embed(open_bundle(make_bundle()), "web", tmp_path / "kit").files
    assert "lib/edgeattn/sample_classifier.js" in files
    assert not [name for name in files if "photo" in name or "resized" in name]


def test_package_json_and_the_page_pin_what_they_import(make_bundle, tmp_path):
    folder = embed(open_bundle(make_bundle()), "web", tmp_path / "kit").folder
    package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    pinned = {**package["dependencies"], **package["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pinned.values())
    page = (folder / "index.html").read_text(encoding="utf-8")
    imports = json.loads(re.search(r'importmap">(.*?)</script>', page, re.DOTALL)[1])["imports"]
    assert {place.split("/")[2] for place in imports.values()} == {"onnxruntime-web", "@litertjs"}
    assert "//" not in page.replace("./", "")  # nothing comes from elsewhere


def test_the_probe_holds_inputs_and_what_each_file_answered(make_kit):
    kit = make_kit()
    samples = probe_samples(kit)
    numbers = np.frombuffer(gzip.decompress(probe(kit)), np.float32)
    inputs = np.frombuffer(next(iter(kit.vectors.inputs.values())).content, np.float32)
    size = inputs.size // kit.vectors.count * samples
    assert np.array_equal(numbers[:size], inputs[:size])
    answers = [
        np.frombuffer(next(iter(kit.vectors.expected[file.name].values())).content, np.float32)
        for file in kit.files
    ]
    parts = [one[: one.size // kit.vectors.count * samples] for one in answers]
    assert np.array_equal(numbers[size:], np.concatenate(parts))


def test_the_probe_is_the_same_whenever_it_is_made(make_kit):
    kit = make_kit()
    assert probe(kit) == probe(kit)
    assert probe(kit)[4:8] == bytes(4)  # gzip's place for the time


def test_a_file_for_webassembly_goes_before_the_recommended_one(
    make_bundle, edit_manifest, tmp_path
):
    bundle = make_bundle()

    def retarget(read):
        for file in read["files"]:
            if file["name"] == "model_int8.onnx":
                file["target"] = "onnxruntime-wasm"
        read["recommended"]["onnx"] = {"file": "model_fp32.onnx", "reason": "it is faster here"}

    edit_manifest(bundle, retarget)
    assert "model/model_int8.onnx" in embed(open_bundle(bundle), "web", tmp_path / "web").files
    assert "model/model_fp32.onnx" in embed(open_bundle(bundle), "cpp", tmp_path / "cpp").files


@pytest.mark.parametrize("label", ["</script>", "*/ alert(1)", '"; x', "\u2028", "`${x}`", "👍"])
def test_a_label_of_a_stranger_stays_inside_its_literal(label):
    line = listed((label,), indent=2).splitlines()[1].strip().removesuffix(",")
    assert line.isascii()
    assert json.loads(line) == label


def test_a_label_of_a_stranger_ends_no_tag_and_no_string(make_kit):
    kit = make_kit(labels=("*/ alert(1) /*", "<b>", "c"))
    found = facts(kit)
    assert "<" not in found["html_summary"]
    assert json.loads(found["description"])


def test_the_spec_names_the_steps_that_the_kit_does_itself(make_kit):
    source = spec_source(make_kit(preprocessing=PHOTO), indent=2)
    assert '{ step: "cast", dtype: "float32" },\n' in source
    assert '{ step: "scale", factor: 0.00392156862745098 },\n' in source
    assert "resize" not in source
    assert "photo: { height: 8, width: 8 }," in source


def test_numbers_read_back_as_they_were():
    assert json.loads(literal(1 / 255)) == 1 / 255


def test_a_text_kit_carries_its_vocabulary_and_the_tokens_of_awkward_texts(tmp_path):
    bundle = open_bundle(text_bundle(tmp_path / "bundle"))
    folder = embed(bundle, "web", tmp_path / "kit").folder
    words = json.loads((folder / "model" / "vocabulary.json").read_text(encoding="utf-8"))
    assert words == list(PIECES.vocabulary)
    texts = (folder / "tests" / "golden" / "texts.txt").read_bytes().decode()
    assert texts.split("\0")[:-1] == list(TEXTS)
    ids = np.fromfile(folder / "tests" / "golden" / "texts_ids.bin", "<i4")
    assert np.array_equal(ids.reshape(-1, LENGTH), PIECES.encode(TEXTS, LENGTH)[0])
    index = (folder / "src" / "index.ts").read_text(encoding="utf-8")
    assert f'text: {{ length: {LENGTH}, ids: "ids", mask: "mask" }}' in index


@pytest.mark.parametrize(
    ("steps", "checks"),
    [
        (PHOTO, ["checkGolden", "checkResizing"]),  # no raw samples in this bundle
        ((), ["checkGolden"]),
    ],
)
def test_a_kit_is_tested_by_what_its_kind_has(make_kit, steps, checks):
    assert facts(make_kit(preprocessing=steps))["checks"] == checks
