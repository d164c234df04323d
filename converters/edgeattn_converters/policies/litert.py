"""LiteRT and tflite-runtime with XNNPACK, on every CPU.

Evidence: `python -m benchmarks.engine_forms` (docs/measurements/engine-forms.md),
ai-edge-litert 2.3.
"""

from __future__ import annotations

from dataclasses import replace

from edgeattn_converters.policy import Policy
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.fuse_masked_attention import fuse_masked_attention
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from edgeattn_converters.specialise.split_gates import split_silu
from edgeattn_converters.specialise.tile_attention import tile_attention

REASONS = {
    "conv": "XNNPACK int8 convolution: 2.2-4.0x fp32; a depthwise one is 0.5x on x86 and stays "
    "int8 between its int8 neighbours",
    "linear": "XNNPACK int8 FULLY_CONNECTED: 1.7-2.6x fp32, of one token 3.3x",
    "gemm": "XNNPACK int8 FULLY_CONNECTED: 1.7-2.6x fp32",
    "dynamic": "dynamic-range FULLY_CONNECTED: 2.0-3.5x fp32, its activation's rounding included",
    "w4": "dynamic-range FULLY_CONNECTED with 4-bit weights: half the bytes, 1.6-2.8x fp32; of one "
    "token 4.0x, more than with 8 bits",
    "core": "int8 queries, keys and values around float scores: edgeattn-kernels computes all "
    "of it at once where it is at hand, elsewhere it is the float one",
    "float core": "the attention core is float in this variant",
    "matmul": "XNNPACK int8 BATCH_MATMUL, zero-point 0 on the right: 1.5-1.6x fp32 by itself",
    "softmax": "XNNPACK has no int8 SOFTMAX: the builtin one is 0.13-0.20x float",
    "layer_norm": "no int8 kernel; decomposed it loses 3-22 dB and cuts the graph into pieces",
    "add": "int8 ADD is 0.6-0.7x float: int8 only where its result feeds int8 directly",
    "gelu": "a 256-entry table between int8 neighbours: 2.3-2.5x float",
    "hardswish": "a 256-entry table between int8 neighbours: as fast as float, and no conversion; "
    "the int8 operator is 0.03x",
    "sigmoid": "a 256-entry table between int8 neighbours: 2.0-2.2x float",
    "tanh": "a 256-entry table between int8 neighbours: 1.9-2.0x float",
    "mul": "int8 between int8 neighbours: SiLU as LOGISTIC and MUL is 3.2-3.4x float",
    "mean": "XNNPACK int8 MEAN",
    "pool": "stays in the type of what it reads, a quarter of the bytes in int8",
    "cat": "int8 where something int8 reads it: a quarter of the bytes",
    "embedding": "a look-up computes nothing",
}

LITERT_XNNPACK = Policy(
    name="litert-xnnpack",
    format="tflite",
    int8=frozenset({"conv", "linear", "gemm", "matmul", "core"}),
    dynamic=frozenset({"linear", "gemm"}),
    four_bits=frozenset({"linear", "gemm"}),
    per_row=True,
    linears=("static", "dynamic"),
    follows=frozenset(
        {"add", "mul", "mean", "gelu", "hardswish", "sigmoid", "tanh", "cat", "pool"}
    ),
    float_result=frozenset({"core"}),
    symmetric_right=True,
    # "int8" leads or ties at 49 to 784 tokens on AVX512-VNNI; elsewhere nobody knows. So the
    # variants are measured, not believed (docs/decisions/0004-measured-attention-core.md).
    cores=("int8", "float"),
    float_form=(channels_last, keys_by_row, tile_attention),
    int8_form=(channels_last, keys_by_row, split_silu, tile_attention),
    fused_form=(channels_last, fuse_masked_attention, split_silu),
    reasons=REASONS,
)
# tflite-runtime 2.14 answers garbage, without an error, for per-channel dynamic-range weights.
TFLITE_RUNTIME = replace(
    LITERT_XNNPACK,
    name="tflite-runtime",
    dynamic=frozenset(),
    four_bits=frozenset(),
    linears=("static",),
)
