from torch import nn

from edgeattn_converters.lint.nothing_to_quantise import nothing_to_quantise


def test_a_model_of_elementwise_operators_is_found_for_each_engine(found):
    findings = found(nothing_to_quantise, lambda _, x: x.exp().softmax(-1), (1, 8))
    assert len(findings) == 2
    assert "litert-xnnpack" in findings[1].why


def test_one_linear_is_enough(found):
    assert found(nothing_to_quantise, nn.Linear(8, 8), (1, 4, 8)) == []
