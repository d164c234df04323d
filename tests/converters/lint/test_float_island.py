import pytest
from torch import nn

from edgeattn_converters.lint.float_island import float_island
from edgeattn_converters.lint.subject import Target
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI


def around(*between):
    return nn.Sequential(nn.Linear(8, 8), *between, nn.Linear(8, 8))


@pytest.mark.parametrize(("module", "word"), [(nn.GELU(), "gelu"), (nn.Tanh(), "tanh")])
def test_an_activation_between_int8_layers_costs_two_conversions(found, module, word):
    (finding,) = found(float_island, around(module), (1, 4, 8), policies=(ONNXRUNTIME_X86_VNNI,))
    assert (finding.op, finding.severity) == (word, "warning")
    assert "2 conversions;" in finding.why
    assert "ReLU" in finding.remedy


def test_like_islands_say_what_they_cost_together(found):
    model = nn.Sequential(around(nn.GELU()), around(nn.GELU()))
    findings = found(float_island, model, (1, 4, 8), policies=(ONNXRUNTIME_X86_VNNI,))
    assert [one.layer for one in findings] == ["0.1", "1.1"]
    assert all("2 conversions, 4 for all 2" in one.why for one in findings)


def test_what_the_engine_reads_from_a_table_is_left_alone(found):
    model = around(nn.GELU(), nn.Linear(8, 8), nn.Hardswish())
    assert found(float_island, model, (1, 4, 8), policies=(LITERT_XNNPACK,)) == []


def test_a_relu_is_left_alone(found):
    assert found(float_island, around(nn.ReLU()), (1, 4, 8)) == []


def test_a_layer_norm_before_int8_is_found_on_both_engines(found):
    model = nn.Sequential(nn.LayerNorm(8), nn.Conv1d(4, 8, 3))
    findings = found(float_island, model, (1, 4, 8))
    assert [one.op for one in findings] == ["layer_norm", "layer_norm"]
    assert all("1 conversion;" in one.why for one in findings)
    assert "BatchNorm" in findings[0].remedy


def test_a_layer_norm_before_a_kernel_that_reads_float_is_left_alone(found, monkeypatch):
    monkeypatch.setattr(Target, "is_static", lambda self, node: False)  # all dynamic-range
    assert found(float_island, nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 8)), (1, 4, 8)) == []


def test_a_layer_norm_among_float_operators_is_left_alone(found):
    assert found(float_island, nn.Sequential(nn.LayerNorm(8), nn.GELU()), (1, 4, 8)) == []


def test_a_softmax_between_int8_products_is_only_an_info(found):
    def attention(model, x):
        q, k, v = model.q(x), model.k(x), model.v(x)
        return model.out((q @ k.transpose(1, 2)).softmax(-1) @ v)

    layers = {name: nn.Linear(8, 8) for name in ("q", "k", "v", "out")}
    (finding,) = found(float_island, attention, (1, 4, 8), policies=(LITERT_XNNPACK,), **layers)
    assert (finding.op, finding.severity) == ("softmax", "info")
