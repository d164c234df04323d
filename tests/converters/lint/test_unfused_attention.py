import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program
from torch import nn

from edgeattn_converters.lint.unfused_attention import unfused_attention
from edgeattn_converters.policies import LITERT_XNNPACK


def parts():
    return {name: nn.Linear(16, 16) for name in "qkv"}


def attention(reads):
    def attend(model, x, *mask):
        q, k, v = (
            part(x).reshape(1, 4, 2, 8).transpose(1, 2) for part in (model.q, model.k, model.v)
        )
        return reads(q, k, v, *mask).transpose(1, 2).reshape(1, 4, 16)

    return attend


def odd(q, k, v):
    """Attention whose weights have a second reader."""
    weights = (q @ k.transpose(-1, -2)).softmax(-1)
    return weights @ v + weights.sum()


def test_a_core_that_does_not_fuse_is_found(found):
    (finding,) = found(unfused_attention, attention(odd), (1, 4, 16), **parts())
    assert finding.severity == "warning"
    assert "[1, 2, 4, 4]" in finding.why


def test_a_core_that_fuses_is_left_alone(found):
    model = attention(F.scaled_dot_product_attention)
    assert found(unfused_attention, model, (1, 4, 16), **parts()) == []


def test_tflite_is_left_alone(found):
    policies = (LITERT_XNNPACK,)
    model = attention(odd)
    assert found(unfused_attention, model, (1, 4, 16), policies=policies, **parts()) == []


def test_a_softmax_over_classes_is_left_alone(found):
    assert found(unfused_attention, lambda m, x: m.q(x).softmax(-1), (1, 16), **parts()) == []
