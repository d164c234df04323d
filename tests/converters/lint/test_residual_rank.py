from torch import nn

from edgeattn_converters.lint.residual_rank import residual_rank
from edgeattn_converters.policies import ONNXRUNTIME_X86_VNNI


def block(model, x):
    x = model.first(x)
    return model.last(x + model.middle(x)).softmax(1)  # an answer would be read as float


def linears():
    return {name: nn.Linear(8, 8) for name in ("first", "middle", "last")}


def test_a_residual_linear_on_tokens_is_found(found):
    (finding,) = found(residual_rank, block, (1, 4, 8), **linears())
    assert (finding.op, finding.severity) == ("add", "info")
    assert "GPU" in finding.why


def test_the_same_on_rows_is_left_alone(found):
    assert found(residual_rank, block, (1, 8), **linears()) == []


def test_convolutions_are_left_alone(found):
    parts = {name: nn.Conv2d(8, 8, 1) for name in ("first", "middle", "last")}
    assert found(residual_rank, block, (1, 8, 4, 4), **parts) == []


def test_onnx_is_left_alone(found):
    policies = (ONNXRUNTIME_X86_VNNI,)
    assert found(residual_rank, block, (1, 4, 8), policies=policies, **linears()) == []
