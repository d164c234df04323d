"""Policies: what each engine can run fast in int8, each line with its evidence.

A policy knows engines and CPU features, not boards. The recipe says what the user wants; the
policy says what pays. Every refusal carries the reason that the report prints.

Evidence: docs/measurements/engine-forms.md, and the versions named in the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
    "conv": "QLinearConv, channels last: 2.2-2.6x fp32",
    "linear": "as a 1x1 QLinearConv, channels last: 1.5x faster than QGemm at 64 tokens",
    "gemm": "QGemm with a float result where nothing int8 reads it",
    "projection": "QAttention: int8 projection, float scores, no rounding between",
    "add": "QLinearAdd where its result feeds int8; before a LayerNorm it stays float",
    "core": "ONNX Runtime has no int8 attention kernel that wins: QK' and PV gain nothing in "
    "int8, and QLinearSoftmax is 8x slower than Softmax",
    "matmul": "a product of two activations gains nothing in int8 (7.8 -> 7.7 ms at 784 tokens)",
    "softmax": "QLinearSoftmax is 8x slower than the float operator",
    "layer_norm": "no int8 kernel; decomposed it loses 3-22 dB",
    "gelu": "no int8 kernel; a table is not available in standard operators",
    "hardswish": "int8 needs HardSigmoid, QLinearMul and Q/DQ: slower than float",
    "silu": "no int8 kernel",
    "mean": "ReduceMean has no int8 kernel",
    "embedding": "a look-up computes nothing",
}

_XNNPACK_REASONS = {
    "conv": "XNNPACK int8 convolution",
    "linear": "XNNPACK int8 FULLY_CONNECTED: 2.2x its fp32",
    "gemm": "XNNPACK int8 FULLY_CONNECTED: 2.2x its fp32",
    "matmul": "XNNPACK int8 BATCH_MATMUL with zero-point 0 on K and V: attention core 1.25-1.4x",
    "softmax": "XNNPACK has no int8 SOFTMAX: the builtin one is 5-7x slower than float",
    "layer_norm": "no int8 kernel; decomposed it loses 3-22 dB and cuts the graph into pieces",
    "add": "int8 where its result feeds int8 directly; before a LayerNorm float is 8-10 % faster",
    "gelu": "a 256-entry table between int8 neighbours: 2.2-2.4x float",
    "hardswish": "a 256-entry table between int8 neighbours; the int8 operator is 35x slower",
    "sigmoid": "a 256-entry table between int8 neighbours: 2x float",
    "tanh": "a 256-entry table between int8 neighbours: 2x float",
    "mul": "int8 between int8 neighbours: SiLU as LOGISTIC and MUL is 2.9x float",
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
ONNXRUNTIME_X86 = Policy(
    name="onnxruntime-x86",
    format="onnx",
    int8=ONNXRUNTIME_X86_VNNI.int8,
    follows=ONNXRUNTIME_X86_VNNI.follows,
    float_result=ONNXRUNTIME_X86_VNNI.float_result,
    # vpmaddubsw adds two u8 x s8 products in int16: 2 * 255 * 127 overflows, 2 * 255 * 63 fits.
    weight_levels=63,
    float_form=(fuse_attention,),
    int8_form=ONNXRUNTIME_X86_VNNI.int8_form,
    reasons=_ONNXRUNTIME_REASONS,
)
ONNXRUNTIME_ARM = Policy(
    name="onnxruntime-arm",
    format="onnx",
    int8=ONNXRUNTIME_X86_VNNI.int8,
    follows=ONNXRUNTIME_X86_VNNI.follows,
    float_result=ONNXRUNTIME_X86_VNNI.float_result,
    float_form=(fuse_attention,),
    int8_form=ONNXRUNTIME_X86_VNNI.int8_form,
    reasons=_ONNXRUNTIME_REASONS,
)
LITERT_XNNPACK = Policy(
    name="litert-xnnpack",
    format="tflite",
    int8=frozenset({"conv", "linear", "gemm", "matmul"}),
    follows=frozenset(
        {"add", "mul", "mean", "gelu", "hardswish", "sigmoid", "tanh", "cat", "pool"}
    ),
    symmetric_right=True,
    # Which wins depends on the tokens: at 64 "scores" (2.2x whole-model against 1.8x), from 256 on
    # "int8" (the core alone 0.70 of float). So it is measured, not believed.
    cores=("int8", "scores", "float"),
    float_form=(channels_last, keys_by_row),
    int8_form=(channels_last, keys_by_row, split_silu),
    reasons=_XNNPACK_REASONS,
)
TFLITE_RUNTIME = Policy(
    name="tflite-runtime",
    format="tflite",
    int8=LITERT_XNNPACK.int8,
    follows=LITERT_XNNPACK.follows,
    symmetric_right=True,
    # Which wins depends on the tokens: at 64 "scores" (2.2x whole-model against 1.8x), from 256 on
    # "int8" (the core alone 0.70 of float). So it is measured, not believed.
    cores=("int8", "scores", "float"),
    float_form=(channels_last, keys_by_row),
    int8_form=LITERT_XNNPACK.int8_form,
    reasons=_XNNPACK_REASONS,
)

POLICIES = {
    policy.name: policy
    for policy in (
        ONNXRUNTIME_X86_VNNI, ONNXRUNTIME_X86, ONNXRUNTIME_ARM, LITERT_XNNPACK, TFLITE_RUNTIME,
    )
}  # fmt: skip


def policy_for(format: str, cpu_class: str) -> Policy:
    """Return the policy of a format on a class of CPU, as edgeattn_runtime.machine names it."""
    if format == "tflite":
        return LITERT_XNNPACK
    if format == "onnx":
        if cpu_class.startswith("arm"):
            return ONNXRUNTIME_ARM
        return ONNXRUNTIME_X86_VNNI if cpu_class == "x86-vnni" else ONNXRUNTIME_X86
    raise BadUsage(f"the format is {format!r}; choose onnx or tflite")
