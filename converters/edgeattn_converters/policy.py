"""Policies: what each engine can run fast in int8, each line with its evidence.

A policy knows engines and CPU features, not boards. The recipe says what the user wants; the
policy says what pays. Every refusal carries the reason that the report prints.

Evidence: docs/measurements/engine-forms.md, and the versions named in the reasons.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from edgeattn_converters.program import Program
from edgeattn_converters.specialise.channels_last import channels_last
from edgeattn_converters.specialise.fuse_attention import fuse_attention
from edgeattn_converters.specialise.fuse_projection import fuse_projection
from edgeattn_converters.specialise.keys_by_row import keys_by_row
from edgeattn_converters.specialise.split_silu import split_silu
from edgeattn_runtime.errors import BadUsage

Specialise = tuple[Callable[[Program], Program], ...]


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What one engine on one class of CPU runs fast.

    Attributes:
        name: As `--target` and reports say it.
        format: "onnx" or "tflite".
        int8: Kinds of operators (operator_kind.py) with an int8 kernel that wins.
        follows: Kinds that are int8 only between int8 neighbours, where it saves a conversion.
        float_result: Kinds that may hand a float result on without rounding it to int8 first.
        symmetric_right: Matrix products need zero-point 0 on the right operand.
        weight_levels: 127, or 63 where u8 x s8 products saturate.
        cores: Variants of the attention core worth measuring, as in Recipe.core.
        float_form: Rewrites for the fp32 file.
        int8_form: Rewrites before quantisation.
        reasons: Kind -> why it is int8 or stays float.
    """

    name: str
    format: str
    int8: frozenset[str]
    follows: frozenset[str] = frozenset()
    float_result: frozenset[str] = frozenset()
    symmetric_right: bool = False
    weight_levels: int = 127
    cores: tuple[str, ...] = ("float",)
    float_form: Specialise = ()
    int8_form: Specialise = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


_ONNXRUNTIME_REASONS = {
    "conv": "QLinearConv, channels last: 2.5-3.3x fp32; a depthwise one is 0.8x and stays int8 "
    "between its int8 neighbours",
    "linear": "1x1 QLinearConv, channels last: a block of 64 tokens 1.7x fp32, 1.3x as QGemm",
    "gemm": "QGemm, with a float result where nothing int8 reads it",
    "projection": "QAttention, an int8 projection into float scores: a block of 64 tokens 2.0x "
    "fp32, 1.7x with MultiHeadAttention",
    "add": "QLinearAdd where its result feeds int8; before a LayerNorm it stays float",
    "core": "no int8 attention kernel in ONNX Runtime: QK' and PV gain nothing in int8, and "
    "QLinearSoftmax is 0.11-0.18x Softmax",
    "matmul": "a product of two activations gains nothing in int8 on ONNX Runtime",
    "softmax": "QLinearSoftmax is 0.11-0.18x the float operator",
    "layer_norm": "no int8 kernel; decomposed it loses 3-22 dB",
    "gelu": "no int8 kernel; a table is not available in standard operators",
    "hardswish": "int8 needs HardSigmoid, QLinearMul and Q/DQ: slower than float",
    "silu": "no int8 kernel",
    "mean": "ReduceMean has no int8 kernel",
    "embedding": "a look-up computes nothing",
}

_XNNPACK_REASONS = {
    "conv": "XNNPACK int8 convolution: 2.2-4.0x fp32; a depthwise one is 0.5x on x86 and stays "
    "int8 between its int8 neighbours",
    "linear": "XNNPACK int8 FULLY_CONNECTED: 2.3x fp32",
    "gemm": "XNNPACK int8 FULLY_CONNECTED: 2.3x fp32",
    "matmul": "XNNPACK int8 BATCH_MATMUL, zero-point 0 on the right: 1.5-1.7x fp32 by itself",
    "softmax": "XNNPACK has no int8 SOFTMAX: the builtin one is 0.13-0.20x float",
    "layer_norm": "no int8 kernel; decomposed it loses 3-22 dB and cuts the graph into pieces",
    "add": "int8 ADD is 0.6-0.7x float: int8 only where its result feeds int8 directly",
    "gelu": "a 256-entry table between int8 neighbours: 2.4-2.7x float",
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

ONNXRUNTIME_X86_VNNI = Policy(
    name="onnxruntime-x86-vnni",
    format="onnx",
    int8=frozenset({"conv", "linear", "gemm", "projection"}),
    follows=frozenset({"add"}),
    float_result=frozenset({"projection", "gemm"}),
    float_form=(fuse_attention,),
    int8_form=(channels_last, fuse_attention, fuse_projection),
    reasons=_ONNXRUNTIME_REASONS,
)
ONNXRUNTIME_X86 = replace(
    ONNXRUNTIME_X86_VNNI,
    name="onnxruntime-x86",
    # vpmaddubsw adds two u8 x s8 products in int16: 2 * 255 * 127 overflows, 2 * 255 * 63 fits.
    weight_levels=63,
)
ONNXRUNTIME_ARM = replace(ONNXRUNTIME_X86_VNNI, name="onnxruntime-arm")
LITERT_XNNPACK = Policy(
    name="litert-xnnpack",
    format="tflite",
    int8=frozenset({"conv", "linear", "gemm", "matmul"}),
    follows=frozenset(
        {"add", "mul", "mean", "gelu", "hardswish", "sigmoid", "tanh", "cat", "pool"}
    ),
    symmetric_right=True,
    # "int8" leads or ties at 64 to 256 tokens on AVX512-VNNI; elsewhere nobody knows. So the
    # variants are measured, not believed (docs/decisions/0004-measured-attention-core.md).
    cores=("int8", "scores", "float"),
    float_form=(channels_last, keys_by_row),
    int8_form=(channels_last, keys_by_row, split_silu),
    reasons=_XNNPACK_REASONS,
)
TFLITE_RUNTIME = replace(LITERT_XNNPACK, name="tflite-runtime")

POLICIES = {
    policy.name: policy
    for policy in (
        ONNXRUNTIME_X86_VNNI, ONNXRUNTIME_X86, ONNXRUNTIME_ARM, LITERT_XNNPACK, TFLITE_RUNTIME,
    )
}  # fmt: skip


CPU_CLASSES = ("x86-vnni", "x86", "arm64-dotprod", "arm64", "arm32")
"""What edgeattn_runtime.machine.cpu_class can say, and --target can ask for."""


def policy_for(format: str, cpu_class: str) -> Policy:
    """Return the policy of a format on a class of CPU, as edgeattn_runtime.machine names it."""
    if format == "tflite":
        return LITERT_XNNPACK
    if format == "onnx":
        if cpu_class.startswith("arm"):
            return ONNXRUNTIME_ARM
        return ONNXRUNTIME_X86_VNNI if cpu_class == "x86-vnni" else ONNXRUNTIME_X86
    raise BadUsage(f"the format is {format!r}; choose onnx or tflite")


def policies_for(target: str) -> dict[str, Policy]:
    """Return the policy of each format for what --target names.

    A class of CPU gives a policy for both formats, a policy's own name for its format alone.

    Raises:
        BadUsage: It is neither.
    """
    if target in CPU_CLASSES:
        return {format: policy_for(format, target) for format in ("onnx", "tflite")}
    if target in POLICIES:
        return {POLICIES[target].format: POLICIES[target]}
    known = (*CPU_CLASSES, *POLICIES)
    near = difflib.get_close_matches(target, known, n=1)
    hint = f"did you mean {near[0]}" if near else f"choose from {', '.join(known)}"
    raise BadUsage(f"there is no target {target!r}; {hint}")
