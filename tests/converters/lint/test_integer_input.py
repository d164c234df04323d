import pytest
import torch
from torch import nn

from edgeattn_converters.lint.integer_input import integer_input
from edgeattn_converters.policies import ONNXRUNTIME_X86_VNNI

IDS = torch.arange(6)[None]


def test_64_bits_are_found(found):
    (finding,) = found(integer_input, nn.Embedding(8, 4), IDS)
    assert "int32" in finding.remedy
    assert finding.severity == "info"


@pytest.mark.parametrize("ids", [IDS.int(), IDS.float()], ids=["int32", "float32"])
def test_32_bits_are_left_alone(found, ids):
    assert found(integer_input, lambda _, x: x * 2, ids) == []


def test_onnx_is_left_alone(found):
    assert found(integer_input, nn.Embedding(8, 4), IDS, policies=(ONNXRUNTIME_X86_VNNI,)) == []
