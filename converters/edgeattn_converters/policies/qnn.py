"""ONNX Runtime's QNN provider, on Qualcomm's HTP: unsigned Q/DQ around every operator.

Evidence: onnxruntime-qnn 2.7.0 (its x86 wheel emulates the HTP) with onnxruntime 1.31.1, two
transformer blocks of 64 tokens (benchmarks/gpu_forms.py, Classifier): with every operator between
Q/DQ the model is one partition, only the first Q and the last DQ run on the CPU, and it answers
with 35 dB against the float model. The files with Q/DQ around the products alone, and in float, do
not build: QNN_COMMON_ERROR_MEM_ALLOC while finalising. Emulated once: a phone has not seen it.

The HTP computes in fixed point throughout, so this policy asks what can be int8, not what wins.
"""

from __future__ import annotations

from edgeattn_converters.policy import Policy
from edgeattn_converters.specialise.split_gates import split_silu

EVERYTHING = frozenset(
    {
        "conv", "linear", "gemm", "matmul", "softmax", "layer_norm", "add", "mul", "mean", "gelu",
        "hardswish", "sigmoid", "tanh", "pool", "cat",
    }
)  # fmt: skip
WHY = "the HTP computes in fixed point; a float operator in between ends the partition"

QNN = Policy(
    name="qnn",
    format="onnx",
    int8=EVERYTHING,
    cores=("int8",),
    operators="qdq-unsigned",
    int8_form=(split_silu,),
    elsewhere=True,
    reasons={kind: WHY for kind in sorted(EVERYTHING)}
    | {"embedding": "a look-up computes nothing"},
)
