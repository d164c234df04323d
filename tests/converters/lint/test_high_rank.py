from torch import nn

from edgeattn_converters.lint.high_rank import high_rank
from edgeattn_converters.policies import ONNXRUNTIME_X86_VNNI


def windows(_, x):
    x = x.reshape(1, 2, 4, 2, 4, 8).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(4, 16, 8).relu()


def test_a_permute_of_six_axes_is_a_warning(found):
    (finding,) = found(high_rank, windows, (1, 8, 8, 8))
    assert (finding.op, finding.severity) == ("permute", "warning")
    assert "6 axes" in finding.why


def test_a_computation_on_five_axes_is_an_info(found):
    (finding,) = found(high_rank, lambda _, x: x.exp(), (1, 2, 2, 2, 2))
    assert (finding.op, finding.severity) == ("exp", "info")


def test_a_reshape_through_five_axes_is_left_alone(found):
    def there_and_back(_, x):
        return x.reshape(1, 2, 2, 2, 8).reshape(1, 8, 8).relu()

    assert found(high_rank, there_and_back, (1, 8, 8)) == []


def test_four_axes_are_left_alone(found):
    assert found(high_rank, nn.Conv2d(3, 8, 3), (1, 3, 8, 8)) == []


def test_onnx_is_left_alone(found):
    assert found(high_rank, windows, (1, 8, 8, 8), policies=(ONNXRUNTIME_X86_VNNI,)) == []
