import json

import numpy as np

from edgeattn.embed.vectors import MOST, vectors_of
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.preprocessing import Step
from edgeattn_runtime.samples import Samples


def vectors(path):
    bundle = open_bundle(path)
    return vectors_of(bundle, [file for file in bundle.present() if file.precision == "int8"])


def test_the_files_hold_the_golden_numbers(bundle_path, tiny, images):
    found = vectors(bundle_path)
    files = found.files()
    assert np.array_equal(np.frombuffer(files["input_image.bin"], "<f4").reshape(4, -1), images[:4])
    expected = np.frombuffer(files["expected_model_int8.onnx_logits.bin"], "<f4")
    assert np.array_equal(expected.reshape(4, -1), tiny.simulate(images[:4]))


def test_the_index_names_every_file_with_its_type_and_shape(bundle_path):
    files = vectors(bundle_path).files()
    index = json.loads(files["golden.json"])
    listed = [*index["inputs"].values(), *index["raw"].values(), *index["prepared"].values()]
    listed += [one for outputs in index["expected"].values() for one in outputs.values()]
    assert {one["file"] for one in listed} | {"golden.json"} == set(files)
    for one in listed:
        assert len(files[one["file"]]) == np.prod(one["shape"]) * np.dtype(one["dtype"]).itemsize


def test_raw_samples_come_with_what_python_makes_of_them(make_bundle, images):
    path = make_bundle(preprocessing=(Step("scale", {"factor": 0.5}),))
    Samples({"image": images}, prepared=False).write(path / "eval.npz")
    found = vectors(path)
    raw = np.frombuffer(found.raw["image"].content, "<f4")
    assert np.array_equal(raw, images[:MOST].ravel())
    assert np.array_equal(np.frombuffer(found.prepared["image"].content, "<f4"), raw / 2)


def test_a_bundle_without_evaluation_samples_has_no_raw_ones(bundle_path):
    (bundle_path / "eval.npz").unlink()
    found = vectors(bundle_path)
    assert not found.raw
    assert not found.prepared
