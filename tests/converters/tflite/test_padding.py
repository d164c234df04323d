from __future__ import annotations

import pytest

from edgeattn_converters.tflite.padding import is_same, same_padding


@pytest.mark.parametrize(
    ("length", "window", "stride", "expected"),
    [(8, 3, 1, (1, 1)), (8, 3, 2, (0, 1)), (7, 3, 2, (1, 1)), (8, 2, 2, (0, 0)), (5, 1, 3, (0, 0))],
)
def test_same_pads_as_little_as_gives_every_stride_a_result(length, window, stride, expected):
    assert same_padding(length, window, stride) == expected


def test_padding_is_same_only_on_all_four_sides():
    assert is_same([8, 7], [3, 3], [2, 2], [0, 1, 1, 1])
    assert not is_same([8, 7], [3, 3], [2, 2], [1, 1, 1, 1])
