"""ONNX Runtime's CPU provider, on x86 with and without VNNI, and on ARM.

Evidence: `python -m benchmarks.engine_forms` (docs/measurements/engine-forms.md),
ONNX Runtime 1.31.
"""

from __future__ import annotations

from dataclasses import replace

from edgeattn_converters.policy import Policy
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.fuse_attention import fuse_attention
from edgeattn_converters.specialise.fuse_masked_attention import fuse_masked_attention
from edgeattn_converters.specialise.fuse_projection import fuse_projection
from edgeattn_converters.specialise.split_gates import (
    split_coreless_gates,
    split_hardswish,
    split_silu,
)

REASONS = {
    "conv": "QLinearConv, channels last: 2.5-3.3x fp32; a depthwise one is 0.8x and stays int8 "
    "between its int8 neighbours",
    "linear": "MatMulIntegerToFloat where its result feeds float, 1.8-2.8x fp32 with the rounding "
    "of its input; 1x1 QLinearConv, channels last, where it feeds int8",
    "gemm": "QGemm, with a float result where nothing int8 reads it",
    "dynamic": "DynamicQuantizeLinear and MatMulIntegerToFloat: 1.8-2.8x fp32",
    "projection": "QAttention, an int8 projection into float scores: a block of 64 tokens 2.0x "
    "fp32, 1.7x with MultiHeadAttention",
    "add": "QLinearAdd where its result feeds int8; before a LayerNorm it stays float",
    "core": "one operator of integers: edgeattn-kernels computes it where it is at hand, elsewhere "
    "it is the float one",
    "float core": "no int8 attention kernel in ONNX Runtime: QK' and PV gain nothing in int8, and "
    "QLinearSoftmax is 0.10-0.17x Softmax",
    "matmul": "MatMulIntegerToFloat: 0.8-1.1x the fused float core, for recipes that ask for it",
    "softmax": "QLinearSoftmax is 0.10-0.17x the float operator",
    "layer_norm": "no int8 kernel; decomposed it loses 3-22 dB",
    "gelu": "no int8 kernel; a table is not available in standard operators",
    "hardswish": "split into a QLinearAdd that saturates and a QLinearMul between int8 neighbours: "
    "1.6-1.7x float",
    "hardsigmoid": "QLinearAdd that saturates, between int8 neighbours",
    "silu": "split into QLinearSigmoid and QLinearMul between int8 neighbours, 1.7x float",
    "sigmoid": "QLinearSigmoid, a table, between int8 neighbours",
    "mul": "QLinearMul between int8 neighbours",
    "mean": "ReduceMean has no int8 kernel",
    "embedding": "a look-up computes nothing",
}

TABLE = "a table of 256 entries between int8 neighbours, for edgeattn-kernels beside a fused core"

ONNXRUNTIME_X86_VNNI = Policy(
    name="onnxruntime-x86-vnni",
    format="onnx",
    int8=frozenset({"conv", "linear", "gemm", "projection", "matmul", "core"}),
    dynamic=frozenset({"linear"}),
    follows=frozenset({"add", "mul", "sigmoid", "hardsigmoid"}),
    siblings={"gelu": TABLE, "hardswish": TABLE, "silu": TABLE},
    float_result=frozenset({"projection", "gemm", "linear", "matmul", "core"}),
    symmetric_right=True,
    signed_right=True,  # VNNI multiplies u8 by s8; u8 by u8 is widened to 16 bits first
    float_form=(fuse_attention,),
    int8_form=(channels_last, fuse_attention, fuse_projection, split_silu, split_hardswish),
    core_form=(channels_last, split_silu, split_hardswish),
    fused_form=(channels_last, fuse_masked_attention, split_coreless_gates),
    reasons=REASONS,
)
ONNXRUNTIME_X86 = replace(
    ONNXRUNTIME_X86_VNNI,
    name="onnxruntime-x86",
    # vpmaddubsw adds two u8 x s8 products in int16: 2 * 255 * 127 overflows, 2 * 255 * 63 fits.
    weight_levels=63,
    signed_right=False,  # activations have no 7-bit form: u8 x u8 is widened, and does not overflow
)
ONNXRUNTIME_ARM = replace(ONNXRUNTIME_X86_VNNI, name="onnxruntime-arm")
