import pytest

from edgeattn.sources.onnx import load_onnx
from edgeattn_runtime.errors import CannotConvert


@pytest.mark.parametrize("kind", ["MaxPool", "AveragePool"])
@pytest.mark.parametrize("up", [0, 1])
def test_pools_keep_the_numbers(kind, up, same, noise):
    options = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "ceil_mode": up}
    same(kind, [noise(1, 2, 9, 8)], **options)


@pytest.mark.parametrize("counted", [0, 1])
def test_average_pool_counts_padding_only_when_told(counted, same, noise):
    options = {"kernel_shape": [3], "pads": [1, 1], "count_include_pad": counted}
    same("AveragePool", [noise(1, 2, 9)], **options)


@pytest.mark.parametrize("kind", ["GlobalAveragePool", "GlobalMaxPool"])
def test_global_pools_keep_the_numbers(kind, same, noise):
    same(kind, [noise(2, 3, 5, 4)])


def test_an_average_over_uneven_padding_is_refused(operator_file, noise):
    path = operator_file(
        "AveragePool", [noise(1, 2, 5, 5)], kernel_shape=[2, 2], auto_pad="SAME_UPPER"
    )
    with pytest.raises(CannotConvert, match="uneven and not counted"):
        load_onnx(path)


def test_the_indices_of_a_max_pool_are_refused(operator_file, noise):
    path = operator_file("MaxPool", [noise(1, 2, 4, 4)], kernel_shape=[2, 2], outputs=2)
    with pytest.raises(CannotConvert, match="its output y1 is used"):
        load_onnx(path)
