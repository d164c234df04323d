"""ONNX Runtime's WebGPU provider, in browsers and natively: int8 weights, float arithmetic.

Evidence: docs/measurements/gpu-forms.md, onnxruntime-webgpu 1.27 on SwiftShader (run for real, read
for numbers and placement, not for speed).

- It has no QuantizeLinear kernel: a Q/DQ model goes to the CPU and back at every pair.
- MatMulNBits runs 8-bit weights in one kernel (onnxruntime pull request 24546), and exactly; a
  group of 32 is the one that every kernel has. DequantizeLinear is a kernel of its own, run at
  every inference; blocked and unsigned ones were wrong (onnxruntime issues 32578, 32730).
- MultiHeadAttention, alone in a file too, gave wrong numbers without an error (16 tokens, 4 heads,
  off by a third of the range), and Sum has no kernel: attention stays as products and a softmax,
  sums stay Add.
"""

from __future__ import annotations

from edgeattn_converters.policy import Policy

REASONS = {
    "conv": "int8 weights, dequantised as the model runs: a quarter of the download, no faster",
    "linear": "int8 weights in MatMulNBits, float arithmetic: a quarter of the download",
    "gemm": "int8 weights in MatMulNBits, float arithmetic: a quarter of the download",
    "matmul": "no weights, and no kernel quantises activations on WebGPU",
    "softmax": "no weights",
    "layer_norm": "its weights are few",
    "embedding": "a look-up of int8 rows would be dequantised by a kernel of its own",
}

ONNXRUNTIME_WEBGPU = Policy(
    name="onnxruntime-webgpu",
    format="onnx",
    int8=frozenset({"conv", "linear", "gemm"}),
    operators="qdq",
    weight_group=32,
    elsewhere=True,
    reasons=REASONS,
)
