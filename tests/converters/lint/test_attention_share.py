import re

import pytest
from torch import nn

from edgeattn_converters.lint.attention_share import attention_share
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI


def attention(model, x):
    q, k, v = model.q(x), model.k(x), model.v(x)
    return model.out((q @ k.transpose(1, 2)).softmax(-1) @ v)


def layers(width):
    return {name: nn.Linear(width, width) for name in ("q", "k", "v", "out")}


def test_many_tokens_bound_the_speed_up_as_amdahl_says(found):
    (finding,) = found(
        attention_share, attention, (1, 96, 16), policies=(ONNXRUNTIME_X86_VNNI,), **layers(16)
    )
    # 2 * 96 * 96 * 16 in the core of 4 * 96 * 16 * 16 more: 3/4; 1 / (0.75 + 0.25 / 2.2) = 1.16
    assert "75%" in finding.why
    assert "about 1.16x" in finding.why
    assert "96 tokens" in finding.why
    assert finding.severity == "warning"


def test_an_engine_that_gains_in_the_core_is_bound_less(found):
    findings = found(attention_share, attention, (1, 96, 16), **layers(16))
    bounds = [float(re.search(r"about ([\d.]+)x", one.why)[1]) for one in findings]
    assert len(bounds) == 2
    assert bounds[0] < bounds[1]
    assert LITERT_XNNPACK.name in findings[1].why


def test_a_moderate_share_is_an_info(found):
    findings = found(attention_share, attention, (1, 16, 16), **layers(16))  # 1/3
    assert {one.severity for one in findings} == {"info"}


@pytest.mark.parametrize("tokens", [1, 8])
def test_few_tokens_are_left_alone(found, tokens):
    assert found(attention_share, attention, (1, tokens, 32), **layers(32)) == []


def test_a_model_without_attention_is_left_alone(found):
    assert found(attention_share, nn.Linear(8, 8), (1, 4, 8)) == []
