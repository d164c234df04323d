from __future__ import annotations

import numpy as np
import pytest

from edgeattn_runtime.errors import BadData
from edgeattn_runtime.preprocessing import Step, numpy_steps, preprocess

PHOTO = np.arange(24, dtype=np.uint8).reshape(1, 2, 4, 3)  # NHWC


def test_the_steps_of_a_photo_run_in_order():
    steps = (
        Step("cast", {"dtype": "float32"}),
        Step("scale", {"factor": 0.5}),
        Step("normalize", {"mean": [1.0, 2.0, 3.0], "std": [2.0, 2.0, 2.0]}),
        Step("transpose", {"axes": [0, 3, 1, 2]}),
    )
    found = preprocess({"image": PHOTO}, steps)["image"]
    expected = ((PHOTO.astype(np.float32) * 0.5 - [1, 2, 3]) / 2).transpose(0, 3, 1, 2)
    assert found.dtype == np.float32
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_normalize_takes_the_channels_of_any_axis():
    x = np.ones((1, 3, 2), np.float32)
    step = Step("normalize", {"mean": [0.0, 1.0, 2.0], "std": [1.0, 1.0, 1.0], "axis": 1})
    assert preprocess({"x": x}, (step,))["x"][0, :, 0].tolist() == [1, 0, -1]


def test_normalize_takes_one_mean_for_all_channels():
    step = Step("normalize", {"mean": [1.0], "std": [2.0]})
    assert preprocess({"x": np.full((1, 4), 3, np.float32)}, (step,))["x"].tolist() == [[1] * 4]


def test_a_step_may_be_for_one_input_only():
    x = {"image": np.ones((1, 2), np.float32), "sound": np.ones((1, 2), np.float32)}
    found = preprocess(x, (Step("scale", {"factor": 3.0}, input="sound"),))
    assert found["image"].tolist() == [[1, 1]]
    assert found["sound"].tolist() == [[3, 3]]


def test_the_input_arrays_stay_untouched():
    x = np.ones((1, 2), np.float32)
    preprocess({"x": x}, (Step("scale", {"factor": 3.0}),))
    assert x.tolist() == [[1, 1]]


@pytest.mark.parametrize("name", ["resize", "crop", "tokenize", "frames"])
def test_steps_before_numpy_are_refused_with_where_they_belong(name):
    with pytest.raises(BadData, match=f"'{name}' happens before .* where they are decoded"):
        preprocess({"x": PHOTO}, (Step(name, {"size": [64, 64]}),))


def test_numpy_steps_leaves_out_what_happened_before():
    steps = (Step("resize", {"size": [2, 2]}), Step("cast", {"dtype": "float32"}))
    assert numpy_steps(steps) == steps[1:]


@pytest.mark.parametrize("name", ["scale", "normalize"])
def test_whole_numbers_are_not_cut_off_without_a_word(name):
    options = {"scale": {"factor": 0.1}, "normalize": {"mean": [0.0], "std": [1.0]}}[name]
    with pytest.raises(BadData, match="needs floats, x is uint8; put a `cast`"):
        preprocess({"x": PHOTO}, (Step(name, options),))


@pytest.mark.parametrize("axis", [-1, 7])
def test_means_for_another_number_of_channels_are_refused(axis):
    step = Step("normalize", {"mean": [0.0, 1.0], "std": [1.0, 1.0], "axis": axis})
    with pytest.raises(BadData, match="normalize has 2 means"):
        preprocess({"x": PHOTO.astype(np.float32)}, (step,))


def test_axes_that_do_not_fit_are_refused():
    with pytest.raises(BadData, match=r"transpose to \[0, 2, 1\] does not fit"):
        preprocess({"x": PHOTO}, (Step("transpose", {"axes": [0, 2, 1]}),))


def test_a_step_for_an_unknown_input_is_refused():
    with pytest.raises(BadData, match="for input 'mask', which is not among image"):
        preprocess({"image": PHOTO}, (Step("cast", {"dtype": "float32"}, input="mask"),))


def test_an_unknown_step_is_refused():
    with pytest.raises(ValueError, match="'blur' is unknown; choose one of cast"):
        Step("blur")


@pytest.mark.parametrize("options", [{}, {"dtype": "float32", "to": "int8"}])
def test_missing_and_surplus_options_are_refused(options):
    with pytest.raises(ValueError, match="'cast' takes dtype, not"):
        Step("cast", options)


@pytest.mark.parametrize(
    "step",
    [
        Step("cast", {"dtype": "float32"}),
        Step("resize", {"size": [64, 64]}),
        Step("scale", {"factor": 0.5}, input="image"),
    ],
)
def test_a_step_survives_json(step):
    assert Step.from_json(step.to_json()) == step
