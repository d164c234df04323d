import importlib.util

import pytest
import torch
from torch import nn

from edgeattn_converters.lint.unwritable import unwritable
from edgeattn_converters.policies import LITERT_XNNPACK, ONNXRUNTIME_X86_VNNI


@pytest.fixture
def installed(monkeypatch):
    """Say which packages can be found; all others are as they are."""

    def pretend(**there):
        real = importlib.util.find_spec

        def find(name, *rest):
            if name in there:
                return object() if there[name] else None
            return real(name, *rest)

        monkeypatch.setattr(importlib.util, "find_spec", find)

    return pretend


def test_every_operator_that_tflite_does_not_know_is_named(found, installed):
    installed(litert_torch=False)
    findings = found(
        unwritable,
        lambda _, x: torch.erfinv(torch.special.i1(x)),
        (1, 8),
        policies=(LITERT_XNNPACK,),
    )
    assert [one.op for one in findings] == ["aten.special_i1.default", "aten.erfinv.default"]
    assert {one.severity for one in findings} == {"error"}
    assert "edgeattn[litert]" in findings[0].remedy


def test_with_the_fallback_converter_it_is_a_warning(found, installed):
    installed(litert_torch=True)
    (finding,) = found(unwritable, lambda _, x: torch.erfinv(x), (1, 8), policies=(LITERT_XNNPACK,))
    assert finding.severity == "warning"
    assert "litert-torch writes the whole file" in finding.why


def test_what_torch_onnx_cannot_write_is_an_error(found):
    (finding,) = found(
        unwritable, lambda _, x: torch.special.i1(x), (1, 8), policies=(ONNXRUNTIME_X86_VNNI,)
    )
    assert finding.severity == "error"
    assert finding.op == "aten.special_i1.default"
    assert "was tried and refused" in finding.why


def test_without_the_writer_it_says_that_nothing_was_tried(found, installed):
    installed(onnxscript=False)
    (finding,) = found(unwritable, nn.Linear(8, 8), (1, 8), policies=(ONNXRUNTIME_X86_VNNI,))
    assert finding.severity == "info"
    assert "pip install 'edgeattn[onnx]'" in finding.remedy


def test_a_model_that_both_formats_know_is_left_alone(found):
    assert found(unwritable, nn.Sequential(nn.Linear(8, 8), nn.GELU()), (1, 4, 8)) == []
