"""The lowest version of each TFLite operator that means what we write.

An operator's version says which runtimes can read it, so the lowest one that is right
keeps a file readable on old devices (tflite-runtime 2.14).

Source: tensorflow/lite/tools/versioning/op_version.cc, `GetBuiltinOperatorVersion`.
"""

from __future__ import annotations

from dataclasses import dataclass

# Version 2 of these is version 1 with int8 activations.
INT8_IS_VERSION_2 = frozenset({
    "ABS", "ADD", "AVERAGE_POOL_2D", "BATCH_MATMUL", "CONCATENATION", "EQUAL", "EXP", "GATHER",
    "GELU", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL", "LOGISTIC", "LOG_SOFTMAX",
    "MAX_POOL_2D", "MAXIMUM", "MEAN", "MINIMUM", "MUL", "NOT_EQUAL", "PACK", "PAD", "PADV2",
    "REDUCE_MAX", "RELU", "RELU6", "RSQRT", "SLICE", "SOFTMAX", "SQUARED_DIFFERENCE",
    "STRIDED_SLICE", "SUB", "SUM", "TANH", "TRANSPOSE",
})  # fmt: skip
BOOL_IS_VERSION_3 = frozenset({"GATHER", "STRIDED_SLICE", "TRANSPOSE"})
INT64_VERSION = {"ADD": 4, "SUB": 4, "MUL": 5}
RANK_5_VERSION = {"PAD": 4, "PADV2": 4, "SLICE": 5, "STRIDED_SLICE": 4, "TRANSPOSE": 4}
BROADCAST_RANK_5_VERSION = {"DIV": 2, "MAXIMUM": 3, "MINIMUM": 3, "SUB": 3}


@dataclass(frozen=True)
class Signature:
    """What decides an operator's version.

    Attributes:
        dtypes: NumPy names of the inputs that are there, in order.
        shapes: Their shapes.
        output_dtype: NumPy name of the first output.
        per_channel: Whether the first input has one scale per channel.
        keep_num_dims: FULLY_CONNECTED keeps the rank of its input.
        dilated: A dilation above 1.
        grouped: A CONV_2D of several groups.
        rescale: MUL: input scales multiplied, over the output scale; 0 in float.
    """

    dtypes: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    output_dtype: str
    per_channel: bool = False
    keep_num_dims: bool = False
    dilated: bool = False
    grouped: bool = False
    rescale: float = 0.0


def version(operator: str, signature: Signature) -> int:
    """Return the lowest version of `operator` that covers `signature`.

    >>> version("SOFTMAX", Signature(("int8",), ((1, 4),), "int8"))
    2
    """
    int8 = signature.dtypes[0] == "int8"
    rank = max(len(shape) for shape in signature.shapes)
    rules = {
        "CONV_2D": 6 if signature.grouped else 3 if int8 else 1,
        "DEPTHWISE_CONV_2D": 3 if int8 else 2 if signature.dilated else 1,
        "FULLY_CONNECTED": _fully_connected(signature, int8),
        "BROADCAST_TO": 3 if int8 else 2,
        "CAST": 3 if "int8" in (signature.dtypes[0], signature.output_dtype) else 1,
        "DEQUANTIZE": 5 if signature.per_channel else 2,
    }
    if operator in rules:
        return rules[operator]
    if operator == "TRANSPOSE" and rank > 5:
        return 6
    if operator in RANK_5_VERSION and len(signature.shapes[0]) > 4:
        return RANK_5_VERSION[operator]
    broadcast = len(signature.shapes) > 1 and signature.shapes[0] != signature.shapes[1]
    if operator in BROADCAST_RANK_5_VERSION and broadcast and rank > 4:
        return BROADCAST_RANK_5_VERSION[operator]
    if signature.dtypes[0] == "int64" and operator in INT64_VERSION:
        return INT64_VERSION[operator]
    if signature.dtypes[0] == "bool" and operator in BOOL_IS_VERSION_3:
        return 3
    if operator == "MUL" and signature.rescale >= 1:
        return 3
    return 2 if int8 and operator in INT8_IS_VERSION_2 else 1


def _fully_connected(signature: Signature, int8: bool) -> int:
    if not int8 and signature.dtypes[1:2] in (("int8",), ("int4",)):
        # Dynamic range with one scale per channel. tflite-runtime 2.14, which knows version 11 at
        # most, refuses such a file; told a lower version it answers garbage.
        return 12
    if len(signature.dtypes) == 2:
        return 6
    if signature.keep_num_dims:
        return 5
    return 4 if int8 else 1
