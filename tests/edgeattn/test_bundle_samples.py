from types import SimpleNamespace

import numpy as np
import pytest

from edgeattn.bundle_samples import class_numbers, image_size, samples_for
from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port
from edgeattn_runtime.preprocessing import Step

IMAGE = Port("image", (1, 3, 4, 6), "float32")
SOUND = Port("sound", (1, 40, 98), "float32")


def bundle(*inputs, labels=None):
    manifest = SimpleNamespace(inputs=inputs, labels=labels, preprocessing=(), name="toy")
    return SimpleNamespace(manifest=manifest)


def data(labels, y=(0, 1, 1)):
    return Data({"x": np.zeros((len(y), 2), np.float32)}, np.array(y), labels, "here")


def archive(tmp_path, **arrays):
    np.savez(tmp_path / "data.npz", **arrays)
    return str(tmp_path / "data.npz")


def test_a_single_array_goes_to_the_single_input(tmp_path):
    spec = archive(tmp_path, x=np.ones((2, 40, 98), np.float32), y=np.array([0, 1]))
    samples = samples_for(bundle(SOUND), spec)
    assert set(samples.x) == {"sound"}
    assert samples.y.tolist() == [0, 1]
    assert samples.prepared


def test_several_arrays_go_by_name(tmp_path):
    spec = archive(
        tmp_path,
        image=np.ones((2, 3, 4, 6), np.float32),
        sound=np.ones((2, 40, 98), np.float32),
    )
    assert set(samples_for(bundle(IMAGE, SOUND), spec).x) == {"image", "sound"}


def test_arrays_that_the_model_does_not_take_are_refused(tmp_path):
    spec = archive(tmp_path, picture=np.ones((2, 3, 4, 6), np.float32))
    with pytest.raises(BadData, match=r"holds picture; the model takes image, sound"):
        samples_for(bundle(IMAGE, SOUND), spec)


def test_the_first_image_input_says_how_large_photos_are():
    assert image_size((SOUND, IMAGE)) == (4, 6)
    assert image_size((SOUND,)) is None


def test_classes_are_matched_by_name_not_by_place():
    numbers = class_numbers(data(("cat", "dog")), ("dog", "bird", "cat"))
    assert numbers.tolist() == [2, 0, 0]


@pytest.mark.parametrize("labels", [None, ("a", "b")])
def test_classes_that_agree_or_have_no_names_keep_their_numbers(labels):
    assert class_numbers(data(labels), ("a", "b")).tolist() == [0, 1, 1]


def test_classes_that_the_model_does_not_know_are_refused():
    with pytest.raises(BadData, match=r"1 classes that the model does not know \(cow\)"):
        class_numbers(data(("cat", "cow")), ("cat", "dog"))


def test_photos_of_a_folder_take_the_steps_that_the_bundle_names(tmp_path):
    from PIL import Image

    for name in ("left", "right"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (8, 8), (255, 0, 0)).save(tmp_path / name / "red.png")
    steps = (
        Step("cast", {"dtype": "float32"}),
        Step("scale", {"factor": 1 / 255}),
        Step("normalize", {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}),
        Step("transpose", {"axes": [0, 3, 1, 2]}),
    )
    manifest = SimpleNamespace(
        inputs=(Port("x", (1, 3, 8, 8), "float32"),),
        labels=("left", "right"),
        preprocessing=steps,
        name="signs",
    )
    found = samples_for(SimpleNamespace(manifest=manifest), str(tmp_path))
    assert found.x["x"].shape == (2, 3, 8, 8)
    assert found.x["x"][0, :, 0, 0].tolist() == pytest.approx([1.0, -1.0, -1.0])
