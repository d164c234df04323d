from __future__ import annotations

import numpy as np
import pytest

from edgeattn_runtime.errors import BadData, BrokenBundle
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Golden, Samples

X = np.arange(6, dtype=np.float32).reshape(3, 2)


def test_golden_vectors_survive_their_file(tmp_path):
    golden = Golden(
        {"x": X, "mask": X > 1}, {"/head/Gemm": X * 2}, {"model_int8.onnx": {"/head/Gemm": X * 3}}
    )
    golden.write(tmp_path / "golden.npz")
    read = Golden.read(tmp_path / "golden.npz")
    np.testing.assert_array_equal(read.inputs["mask"], X > 1)
    np.testing.assert_array_equal(read.float_outputs["/head/Gemm"], X * 2)
    np.testing.assert_array_equal(read.expected["model_int8.onnx"]["/head/Gemm"], X * 3)


def test_golden_files_have_the_same_bytes_every_time(tmp_path):
    for name in ("a.npz", "b.npz"):
        Golden({"x": X}, {"y": X}, {}).write(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_file_without_a_simulation_must_answer_as_the_float_model():
    golden = Golden({"x": X}, {"y": X}, {"model_int8.onnx": {"y": X + 1}})
    assert golden.expected_of("model_fp32.onnx") is golden.float_outputs
    np.testing.assert_array_equal(golden.expected_of("model_int8.onnx")["y"], X + 1)


def test_the_first_batch_fits_the_ports():
    golden = Golden({"x": X}, {"y": X}, {})
    assert golden.first((Port("x", (1, 2), "float32"),))["x"].tolist() == [[0, 1]]
    assert golden.first((Port("x", (4, 2), "float32"),))["x"].tolist() == [
        [0, 1],
        [2, 3],
        [4, 5],
        [0, 1],
    ]


def test_golden_vectors_of_different_lengths_are_refused():
    with pytest.raises(BadData, match=r"hold \[2, 3\] samples"):
        Golden({"x": X}, {"y": X[:2]}, {})


def test_golden_vectors_without_inputs_are_refused():
    with pytest.raises(BadData, match="at least one input"):
        Golden({}, {"y": X}, {})


def test_a_golden_file_with_strange_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "golden.npz", weights=X)
    with pytest.raises(BrokenBundle, match="an array 'weights' that nobody knows"):
        Golden.read(tmp_path / "golden.npz")


def test_a_golden_file_with_too_little_is_refused(tmp_path):
    np.savez(tmp_path / "golden.npz", **{"input/x": X})
    with pytest.raises(BrokenBundle, match=r"golden.npz: golden vectors need"):
        Golden.read(tmp_path / "golden.npz")


@pytest.mark.parametrize("prepared", [True, False])
def test_samples_survive_their_file(tmp_path, prepared):
    Samples({"x": X}, np.array([0, 1, 1]), prepared).write(tmp_path / "eval.npz")
    read = Samples.read(tmp_path / "eval.npz", inputs=("x",))
    np.testing.assert_array_equal(read.x["x"], X)
    assert read.y.tolist() == [0, 1, 1]
    assert read.prepared is prepared
    assert len(read) == 3


def test_a_users_single_array_may_be_called_x(tmp_path):
    np.savez(tmp_path / "mine.npz", x=X, y=np.array([0, 1, 1]))
    read = Samples.read(tmp_path / "mine.npz", inputs=("image",))
    assert list(read.x) == ["image"]
    assert read.prepared


def test_a_users_arrays_carry_the_names_of_the_inputs(tmp_path):
    np.savez(tmp_path / "mine.npz", ids=X, mask=X)
    assert set(Samples.read(tmp_path / "mine.npz", inputs=("ids", "mask")).x) == {"ids", "mask"}


def test_arrays_of_other_names_are_refused_with_the_right_ones(tmp_path):
    np.savez(tmp_path / "mine.npz", pictures=X)
    with pytest.raises(BadData, match="holds pictures; the model takes image: name the arrays so"):
        Samples.read(tmp_path / "mine.npz", inputs=("image",))


@pytest.mark.parametrize("labels", [np.zeros(2, int), np.zeros(3), np.zeros((3, 1), int)])
def test_labels_must_be_one_whole_number_a_sample(labels):
    with pytest.raises(BadData, match=r"not whole numbers \[3\]"):
        Samples({"x": X}, labels)


def test_no_samples_are_refused():
    with pytest.raises(BadData, match="at least 1"):
        Samples({"x": X[:0]})
