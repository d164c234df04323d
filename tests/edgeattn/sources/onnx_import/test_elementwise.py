import numpy as np
import pytest

from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize("kind", ["Add", "Sub", "Mul", "Div", "Min", "Max", "Pow"])
def test_two_inputs_keep_the_numbers(kind, same, noise):
    same(kind, [np.abs(noise(2, 3, 4)) + 0.5, np.abs(noise(3, 1)) + 0.5])


@pytest.mark.parametrize("kind", ["Add", "Sub", "Mul", "Div", "Pow"])
@pytest.mark.parametrize("constant", [0, 1])
def test_a_constant_number_on_either_side_keeps_the_numbers(kind, constant, same, noise):
    sides = [np.abs(noise(2, 3)) + 0.5, np.abs(noise(2, 3)) + 0.5]
    sides[constant] = np.array(1.5, np.float32)
    same(kind, sides, [constant])


def test_a_constant_of_higher_rank_still_raises_the_rank(same, noise):
    same("Mul", [noise(3), np.full((1, 1, 1), 2.0, np.float32)], [1])


def test_one_divided_by_x_keeps_the_numbers(same, noise):
    same("Div", [np.array(1.0, np.float32), np.abs(noise(4)) + 0.5], [0])


def test_whole_numbers_divide_towards_zero(same):
    same("Div", [np.array([-7, 7, -1]), np.array([2, -2, 2])])


def test_pow_keeps_the_type_of_its_base(same):
    same("Pow", [np.array([2, 3]), np.array(2.0, np.float32)], [1])


@pytest.mark.parametrize(
    "kind", ["Abs", "Ceil", "Cos", "Erf", "Exp", "Floor", "Neg", "Round", "Sign", "Sin"]
)
def test_one_input_keeps_the_numbers(kind, same, noise):
    same(kind, [noise(3, 5)])


@pytest.mark.parametrize("kind", ["Log", "Reciprocal", "Sqrt"])
def test_positive_input_keeps_the_numbers(kind, same, noise):
    same(kind, [np.abs(noise(3, 5)) + 0.1])


@pytest.mark.parametrize("kind", ["Sum", "Mean", "Max", "Min"])
def test_three_inputs_keep_the_numbers(kind, same, noise):
    same(kind, [noise(2, 3), noise(3), noise(2, 1)])


@pytest.mark.parametrize("limits", [(-0.5, 0.5), (None, 0.5), (-0.5, None)])
def test_clip_keeps_the_numbers(limits, same, noise):
    bounds = [None if limit is None else np.array(limit, np.float32) for limit in limits]
    same("Clip", [noise(4, 4), *bounds], [i for i in (1, 2) if bounds[i - 1] is not None])


def test_mod_follows_the_sign_that_its_kind_asks_for(same):
    same("Mod", [np.array([-7, 7, 5]), np.array([3, -3, 3])])
    same("Mod", [np.array([-7.5, 7.0], np.float32), np.array([3.0, -2.0], np.float32)], fmod=1)


@pytest.mark.parametrize("wanted", [1, 6, 7, 9])
def test_cast_keeps_the_numbers(wanted, same, noise):
    same("Cast", [noise(3, 3) * 3], to=wanted)


def test_a_clip_with_several_limits_is_refused(operator_file, noise):
    from edgeattn.sources.onnx import load_onnx

    path = operator_file("Clip", [noise(2, 2), noise(1)], [1])
    load_onnx(path)
    path = operator_file("Clip", [noise(2, 2), noise(2)], [1])
    with pytest.raises(CannotConvert, match=r"Clip \(the_node\).*limit has shape \[2\]"):
        load_onnx(path)
