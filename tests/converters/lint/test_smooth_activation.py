import pytest
from torch import nn

from edgeattn_converters.lint.smooth_activation import smooth_activation
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI


def around(module):
    return nn.Sequential(nn.Conv2d(8, 8, 1), module, nn.Conv2d(8, 8, 1))


@pytest.mark.parametrize("policy", [LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI], ids=lambda p: p.name)
@pytest.mark.parametrize(("module", "word"), [(nn.SiLU(), "silu"), (nn.Hardswish(), "hardswish")])
def test_it_is_found_where_it_runs_in_int8(found, module, word, policy):
    (finding,) = found(smooth_activation, around(module), (1, 8, 4, 4), policies=(policy,))
    assert (finding.op, finding.severity) == (word, "info")
    assert f"runs in int8 on {policy.name}" in finding.why


def test_where_it_stays_float_the_islands_speak_of_it(found):
    model = nn.Sequential(nn.SiLU(), nn.Softplus())
    assert found(smooth_activation, model, (1, 4, 8)) == []


def test_a_relu_is_left_alone(found):
    assert found(smooth_activation, around(nn.ReLU()), (1, 8, 4, 4)) == []
