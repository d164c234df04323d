"""LiteRT's GPU accelerator (ML Drift): float arithmetic, float16 on phones, with int8 weights.

Evidence: docs/measurements/gpu-forms.md, the WebGPU accelerator of ai-edge-litert 2.3 on
SwiftShader, run for real and read for numbers and legality, not for speed.

- A constant added to a product of rank 3 is read for head 0 alone, silently: heads go onto a
  fourth axis (specialise/heads_on_four_axes.py).
- Linears with int8 weights and float activations keep 39-46 dB there, statically quantised ones
  34-35 dB: the GPU computes in float either way, so nothing is gained by rounding activations.
- A DEQUANTIZE before a FULLY_CONNECTED does not compile (LiteRT issue 9523); int8 weights in the
  operator itself do. Slices of rank 5, as of a packed QKV, and BROADCAST_TO are refused: passes
  split the one and fold the other.
- The float file is what to compare with: its float16 form is made by the accelerator itself.
"""

from __future__ import annotations

from edgeattn_converters.policy import Policy
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.heads_on_four_axes import heads_on_four_axes
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from edgeattn_converters.specialise.split_gates import split_silu

REASONS = {
    "conv": "int8 weights, a quarter of the bytes; the GPU computes in float",
    "dynamic": "int8 weights, a quarter of the bytes; the GPU computes in float, where activations "
    "are not rounded",
    "linear": "int8 weights, a quarter of the bytes; the GPU computes in float",
    "gemm": "int8 weights, a quarter of the bytes; the GPU computes in float",
    "add": "int8 between convolutions",
    "pool": "stays in the type of what it reads",
    "cat": "int8 where something int8 reads it",
    "matmul": "no weights: the GPU computes it in float",
    "softmax": "no weights: the GPU computes it in float",
    "layer_norm": "its weights are few",
    "embedding": "a look-up computes nothing",
}

LITERT_GPU = Policy(
    name="litert-gpu",
    format="tflite",
    int8=frozenset({"conv", "linear", "gemm"}),
    dynamic=frozenset({"linear", "gemm"}),
    per_row=True,
    linears=("dynamic",),
    follows=frozenset({"add", "pool", "cat"}),
    elsewhere=True,
    float_form=(channels_last, keys_by_row, heads_on_four_axes),
    int8_form=(channels_last, keys_by_row, heads_on_four_axes, split_silu),
    reasons=REASONS,
)
