import numpy as np
import pytest

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert

EMPTY = np.array([], np.float32)


@pytest.mark.parametrize(
    "options",
    [
        {
            "mode": "nearest",
            "coordinate_transformation_mode": "asymmetric",
            "nearest_mode": "floor",
        },
        {"mode": "nearest"},
        {"mode": "linear", "coordinate_transformation_mode": "half_pixel"},
        {"mode": "linear", "coordinate_transformation_mode": "align_corners"},
    ],
)
@pytest.mark.parametrize("factor", [2, 3])
def test_enlarging_keeps_the_numbers(options, factor, same, noise):
    x = noise(1, 2, 4, 5)
    scales = np.array([1, 1, factor, factor], np.float32)
    same("Resize", [x, None, scales], [2], **options)
    same("Resize", [x, None, None, np.array([1, 2, 4 * factor, 5 * factor])], [3], **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"mode": "cubic"}, "mode 'cubic'"), ({"antialias": 1, "mode": "linear"}, "antialiases")],
)
def test_other_forms_are_refused(options, message, operator_file, noise):
    scales = np.array([1, 1, 2, 2], np.float32)
    with pytest.raises(CannotConvert, match=message):
        load_onnx(operator_file("Resize", [noise(1, 2, 4, 5), None, scales], [2], **options))


def test_resizing_channels_and_uneven_factors_are_refused(operator_file, noise):
    for scales, message in (([1, 2, 1, 1], "batch or channels"), ([1, 1, 1.5, 1], "whole factors")):
        inputs = [noise(1, 2, 4, 5), None, np.array(scales, np.float32)]
        with pytest.raises(CannotConvert, match=message):
            load_onnx(operator_file("Resize", inputs, [2]))


def test_the_same_size_is_left_alone(same, noise):
    same("Resize", [noise(1, 2, 4, 5), None, np.ones(4, np.float32)], [2])
