from __future__ import annotations

import torch

from benchmarks.contender import our_contenders
from benchmarks.tflite_layers import Attention
from edgeattn.data.data import Data
from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.session import format_of


def test_our_contenders_are_what_convert_chooses_from() -> None:
    samples = torch.randn(8, 6, 16, generator=torch.Generator().manual_seed(0))
    loaded = LoadedModel(
        Attention(16, 2).eval(), name="attention", kind="module", example_inputs=(samples[:1],)
    )
    found = our_contenders(loaded, Data({"x": samples.numpy()}, None, None, "noise"))
    assert {one.key for one in found} >= {
        "onnx EdgeAttn fp32", "onnx EdgeAttn int8-float-core", "tflite EdgeAttn fp32",
        "tflite EdgeAttn int8-core-dynamic",
    }  # fmt: skip
    assert all(one.ours and one.content for one in found)
    assert all(format_of(one.content or b"") == one.format for one in found)
    assert len({one.key for one in found}) == len(found)
    assert all(one.seconds and one.seconds > 0 for one in found)
