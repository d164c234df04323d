import numpy as np
import pytest
import torch

from edgeattn_converters.evidence import (
    Evidence,
    batch_of,
    by_port,
    gather_evidence,
    samples_of,
    simulate,
)
from edgeattn_runtime.errors import BadData, CannotConvert
from tests.converters.programs import captured
from tests.converters.quantised import program_of


def rows(count, *shape):
    return np.random.default_rng(0).normal(size=(count, *shape)).astype(np.float32)


def test_the_float_models_answers_are_kept():
    program = captured("hybrid")
    x = {"x": rows(5, 3, 16, 16)}
    shares: list[float] = []
    evidence = gather_evidence(program, x, np.array([0, 1, 2, 3, 4]), progress=shares.append)
    expected = np.concatenate([program(torch.from_numpy(row[None]))[0] for row in x["x"]])
    np.testing.assert_array_equal(evidence.logits, expected)
    assert evidence.has_classes
    assert shares == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_a_batch_that_is_not_full_drops_its_surplus():
    program = captured("hybrid, batch of 2")
    x = rows(5, 3, 16, 16)
    assert [sample[0].shape[0] for sample in samples_of(program, {"x": x})] == [2, 2, 2]
    assert simulate(program, {"x": x})["output"].shape == (5, 5)


def test_samples_are_made_one_by_one():
    stream = samples_of(captured("hybrid"), {"x": rows(3, 3, 16, 16)})
    assert next(stream)[0].shape == (1, 3, 16, 16)


def test_golden_rows_are_spread_and_few():
    evidence = Evidence({"x": rows(100, 2)}, None, {"output": rows(100, 3)})
    chosen = evidence.golden_rows()
    assert (len(chosen), chosen[0], chosen[-1]) == (16, 0, 99)
    assert len(Evidence({}, None, {"output": rows(3, 3)}).golden_rows()) == 3


@pytest.mark.parametrize(("shape", "classes"), [((4, 3), True), ((4, 7, 3), True), ((4, 1), False)])
def test_scores_of_classes_are_told_from_a_single_number(shape, classes):
    assert Evidence({}, None, {"output": np.zeros(shape)}).has_classes is classes


def test_labels_of_a_model_without_classes_are_left_out():
    program = program_of(lambda x: x.mean(-1, keepdim=True), torch.zeros(1, 8))
    assert gather_evidence(program, {"x": rows(4, 8)}, np.arange(4)).y is None


def test_types_are_brought_to_what_the_model_takes():
    x = by_port(captured("hybrid"), {"anything": np.zeros((2, 3, 16, 16))})
    assert x["x"].dtype == np.float32
    ids = np.zeros((2, 8), np.int32)
    x = by_port(captured("bert, boolean mask"), {"attention_mask": ids, "input_ids": ids})
    assert {array.dtype for array in x.values()} == {np.dtype(np.int64)}


def test_whole_numbers_do_not_become_floats_by_themselves():
    program = captured("hybrid")
    x = by_port(program, {"x": np.zeros((2, 3, 16, 16), np.uint8)})
    with pytest.raises(BadData, match=r"samples of x are uint8 \[3, 16, 16\], tiny takes float32"):
        next(samples_of(program, x))


def test_missing_and_surplus_arrays_are_named():
    with pytest.raises(BadData, match="the samples hold a, b, tiny takes x"):
        by_port(captured("hybrid"), {"a": rows(1), "b": rows(1)})


def test_answers_that_are_not_finite_are_counted():
    program = program_of(lambda x: torch.log(x), torch.ones(1, 2))
    x = np.array([[1.0, 2.0], [-1.0, 1.0], [3.0, 0.0]], np.float32)
    with pytest.raises(BadData, match="output is not finite for 2 of 3 samples"):
        gather_evidence(program, {"x": x}, None)


def test_a_label_out_of_range_is_refused():
    with pytest.raises(BadData, match="label 5 is out of range: tiny has 5 classes"):
        gather_evidence(captured("hybrid"), {"x": rows(1, 3, 16, 16)}, np.array([5]))


def test_more_class_names_than_outputs_are_refused():
    names = tuple("abcdef")
    with pytest.raises(BadData, match=r"6 class names \(a, b, c, \.\.\.\), but tiny has 5 classes"):
        gather_evidence(captured("hybrid"), {"x": rows(1, 3, 16, 16)}, np.array([0]), names)


def test_fewer_class_names_than_outputs_count_in_their_order():
    x, y = {"x": rows(2, 3, 16, 16)}, np.array([0, 1])
    found = gather_evidence(captured("hybrid"), x, y, ("a", "b"))
    assert found.y.tolist() == [0, 1]
    assert found.labels is None


def test_class_names_that_are_numbers_say_which_classes_they_are():
    x, y = {"x": rows(2, 3, 16, 16)}, np.array([0, 1])
    found = gather_evidence(captured("hybrid"), x, y, ("1", "4"))
    assert found.y.tolist() == [1, 4]
    with pytest.raises(BadData, match="label 7 is out of range"):
        gather_evidence(captured("hybrid"), x, y, ("1", "7"))


def test_first_axes_that_differ_are_refused():
    program = program_of(lambda x: x[0], torch.zeros(1, 4, 8))
    with pytest.raises(CannotConvert, match="different first axes"):
        batch_of(program)
