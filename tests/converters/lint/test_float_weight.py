import pytest
from torch import nn

from edgeattn_converters.lint.float_weight import float_weight
from edgeattn_converters.policies import LITERT_XNNPACK


@pytest.mark.parametrize(
    ("module", "shape", "word"),
    [
        (nn.Conv3d(4, 8, 3), (1, 4, 9, 9, 9), "conv3d"),
        (nn.ConvTranspose2d(4, 8, 2), (1, 4, 3, 3), "conv_transpose2d"),
    ],
)
def test_a_layer_that_the_quantiser_does_not_know_is_found(found, module, shape, word):
    (finding,) = found(float_weight, module, shape, policies=(LITERT_XNNPACK,))
    assert (finding.op, finding.severity) == (word, "warning")
    assert LITERT_XNNPACK.name in finding.why


def test_a_weight_that_is_computed_is_found(found):
    def dynamic(_, x, weight):
        return nn.functional.linear(x, weight * 2)

    (finding,) = found(float_weight, dynamic, (1, 4, 8), (6, 8), policies=(LITERT_XNNPACK,))
    assert "its weight is computed" in finding.why


def test_plain_layers_are_left_alone(found):
    assert found(float_weight, nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()), (1, 3, 8, 8)) == []
