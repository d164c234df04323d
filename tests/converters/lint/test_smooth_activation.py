import pytest
from torch import nn

from edgeattn_converters.lint.smooth_activation import smooth_activation
from edgeattn_converters.policies import ONNXRUNTIME_X86_VNNI


def around(module):
    return nn.Sequential(nn.Linear(8, 8), module, nn.Linear(8, 8))


@pytest.mark.parametrize(("module", "word"), [(nn.SiLU(), "silu"), (nn.Hardswish(), "hardswish")])
def test_it_is_found_where_it_runs_in_int8(found, module, word):
    (finding,) = found(smooth_activation, around(module), (1, 4, 8))
    assert (finding.op, finding.severity) == (word, "info")
    assert "litert-xnnpack" in finding.why


def test_where_it_stays_float_the_islands_speak_of_it(found):
    policies = (ONNXRUNTIME_X86_VNNI,)
    assert found(smooth_activation, around(nn.SiLU()), (1, 4, 8), policies=policies) == []


def test_a_relu_is_left_alone(found):
    assert found(smooth_activation, around(nn.ReLU()), (1, 4, 8)) == []
