import pytest
from torch import nn

from edgeattn_converters.lint.depthwise import depthwise


def test_a_depthwise_convolution_is_found(found):
    (finding,) = found(depthwise, nn.Conv2d(16, 16, 3, groups=16), (1, 16, 8, 8))
    assert finding.layer
    assert finding.severity == "info"


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(16, 16, 3),
        nn.Conv2d(16, 16, 3, groups=4),
        nn.Conv2d(1, 1, 3),
    ],
    ids=["dense", "in groups", "one channel"],
)
def test_other_convolutions_are_left_alone(found, module):
    assert found(depthwise, module, (1, module.in_channels, 8, 8)) == []
