"""ONNX Runtime in a browser's or Node's WebAssembly: the CPU provider's operators, compiled to it.

Evidence, onnxruntime-web 1.30.0 in Node 20, one thread, two transformer blocks of 64 tokens
(benchmarks/gpu_forms.py, Classifier): the file for x86 with VNNI opens, its com.microsoft operators
included, answers bit for bit what native ONNX Runtime answers, and takes 0.81 ms against 1.03 ms in
fp32; the same model with signed activations between Q/DQ takes 1.28 ms. Full 8-bit weights do not
saturate there. One run on a busy machine: read the order, not the ratio.
"""

from __future__ import annotations

from dataclasses import replace

from edgeattn_converters.policies.onnxruntime import ONNXRUNTIME_X86_VNNI

ONNXRUNTIME_WASM = replace(
    ONNXRUNTIME_X86_VNNI, name="onnxruntime-wasm", linears=("static",), elsewhere=True
)
