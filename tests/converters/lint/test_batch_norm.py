from torch import nn

from edgeattn_converters.lint.batch_norm import batch_norm


def conv(*behind):
    return nn.Sequential(nn.Conv2d(4, 8, 3), *behind)


def test_a_norm_behind_a_convolution_is_said_to_fold(found):
    (finding,) = found(batch_norm, conv(nn.BatchNorm2d(8)), (1, 4, 8, 8))
    assert (finding.severity, finding.fixable, finding.layer) == ("info", True, "1")


def test_a_norm_behind_an_activation_stays_and_is_a_warning(found):
    model = conv(nn.ReLU(), nn.BatchNorm2d(8), nn.Conv2d(8, 8, 3))
    (finding,) = found(batch_norm, model, (1, 4, 8, 8))
    assert (finding.severity, finding.fixable, finding.layer) == ("warning", False, "2")


def test_a_model_without_a_norm_is_left_alone(found):
    assert found(batch_norm, conv(nn.ReLU()), (1, 4, 8, 8)) == []
