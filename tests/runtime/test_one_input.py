from __future__ import annotations

import numpy as np
import pytest

from edgeattn_runtime import open_bundle
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.one_input import answer, read_one_input
from edgeattn_runtime.port import Port


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


def test_the_first_golden_input_stands_in(bundle, images):
    np.testing.assert_array_equal(read_one_input(bundle, None)["image"], images[:1])


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_the_first_sample_of_a_file_is_taken(bundle, tmp_path, images, suffix):
    path = tmp_path / f"input.{suffix}"
    np.save(path, images) if suffix == "npy" else np.savez(path, x=images)
    np.testing.assert_array_equal(read_one_input(bundle, path)["image"], images[:1])


def test_a_sample_may_come_without_its_batch_axis(bundle, tmp_path, images):
    np.save(tmp_path / "x.npy", images[3])
    np.testing.assert_array_equal(read_one_input(bundle, tmp_path / "x.npy")["image"], images[3:4])


def test_a_model_of_two_inputs_needs_both(make_bundle, tmp_path):
    two = tuple(Port(name, (1, 8), "float32") for name in ("image", "mask"))
    bundle = open_bundle(make_bundle(inputs=two))
    with pytest.raises(BadData, match=r"takes 2 inputs; pass an \.npz with one array for each"):
        read_one_input(bundle, tmp_path / "x.npy")


def test_numbers_are_printed_where_there_are_no_classes():
    assert answer(np.array([[1.5]]), None) == ["[[1.5]]"]


def test_classes_nobody_named_are_numbered():
    assert answer(np.array([[0.0, 3.0]]), None)[1].startswith("class 1")


def test_the_likeliest_class_comes_first_with_its_share():
    rows = answer(np.array([[0.0, np.log(3.0)]]), ("fist", "palm"))
    assert rows[1].split() == ["palm", "75.0%", "1.099"]
