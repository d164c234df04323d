import numpy as np
import pytest


@pytest.mark.parametrize("kind", ["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
def test_comparisons_keep_the_answers(kind, same):
    same(kind, [np.array([1.0, 2.0, 3.0], np.float32), np.array([2.0], np.float32)], [1])


@pytest.mark.parametrize("kind", ["And", "Or", "Xor"])
def test_combinations_keep_the_answers(kind, same):
    same(kind, [np.array([[True], [False]]), np.array([True, False])])


def test_not_keeps_the_answers(same):
    same("Not", [np.array([True, False])])


def test_where_keeps_the_numbers(same, noise):
    same("Where", [np.array([[True, False, True]]), noise(2, 3), np.array(-30, np.float32)], [2])


@pytest.mark.parametrize("upper", [0, 1])
def test_trilu_keeps_the_numbers(upper, same, noise):
    same("Trilu", [noise(2, 4, 4), np.array(1)], [1], upper=upper)


def test_isnan_finds_what_is_no_number(same):
    same("IsNaN", [np.array([1.0, np.nan], np.float32)])
