"""TensorRT 10 and later, through a file with explicit Q/DQ in standard operators.

No machine of ours has it: what the file must look like comes from NVIDIA's pages and issues, and
is tested on the graph; the numbers are tested on ONNX Runtime's CPU provider; the speed reads
unmeasured. Sources, read in November 2026:

- "Working with Quantized Types": int8 is signed and symmetric, both operands alike.
- "Explicit Quantization" (TensorRT 11.x and 10.x): quantise the inputs of what multiplies, not
  the outputs, and the shortcut of a residual sum; weights may be int8 behind a DequantizeLinear.
- "Fused Attention": the scale belongs on Q or K before the first product (fold_scale put it into
  the query's weights); a quantised softmax output is part of the pattern.
- onnx-tensorrt, docs/operators.md: QuantizeLinear and DequantizeLinear want zero-point 0; no
  QLinearConv, QLinearMatMul, MatMulInteger.
- NVIDIA Model Optimizer, its ONNX int8 settings: QuantizeBias False, ActivationSymmetric True,
  outputs of quantised operators excluded, one Q/DQ pair shared by all readers of a value.
- TensorRT issue 3724: no int8 attention kernel beyond 512 tokens. Issues 2067, 3147, 4273, 4397:
  an int8 transformer is often slower than a float16 one, so the float file is there to compare.
"""

from __future__ import annotations

from edgeattn_converters.policy import Policy

REASONS = {
    "conv": "int8 with its sum and ReLU in one kernel, where Q/DQ stand on both operands",
    "linear": "int8 tensor cores, where Q/DQ stand on both operands; the result stays float",
    "gemm": "int8 tensor cores, where Q/DQ stand on both operands; the result stays float",
    "matmul": "int8 with Q/DQ on both operands, up to 512 tokens, where a fused kernel exists",
    "softmax": "computed in float; only its result is quantised, as PV's operand",
    "layer_norm": "float: no int8 kernel, and Q/DQ behind it would stand in its fusion's way",
    "add": "float, fused; the shortcut of a convolution's sum is quantised like its inputs",
    "gelu": "float, fused with the product before it",
    "hardswish": "float, fused with the convolution before it",
    "silu": "float, fused with the convolution before it",
    "mean": "float: it reads a float result",
    "pool": "float: it reads a float result",
    "embedding": "a look-up computes nothing",
}

TENSORRT = Policy(
    name="tensorrt",
    format="onnx",
    int8=frozenset({"conv", "linear", "gemm", "matmul"}),
    cores=("int8",),
    operators="qdq",
    pairs_at="operands",
    symmetric=True,
    longest_core=512,
    elsewhere=True,
    reasons=REASONS,
)
