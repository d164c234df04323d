from __future__ import annotations

import pytest

from edgeattn_converters.tflite.versions import Signature, version

IMAGE, FILTER = (1, 8, 8, 4), (8, 3, 3, 4)
FLOAT3, INT8_3 = ("float32",) * 3, ("int8", "int8", "int32")
CONV = (IMAGE, FILTER, (8,))

# Numbers of tensorflow/lite/tools/versioning/op_version.cc.
CASES = {
    "CONV_2D 1": Signature(FLOAT3, CONV, "float32"),
    "CONV_2D 3": Signature(INT8_3, CONV, "int8"),
    "CONV_2D 6": Signature(FLOAT3, CONV, "float32", grouped=True),
    "DEPTHWISE_CONV_2D 1": Signature(FLOAT3, CONV, "float32"),
    "DEPTHWISE_CONV_2D 2": Signature(FLOAT3, CONV, "float32", dilated=True),
    "DEPTHWISE_CONV_2D 3": Signature(INT8_3, CONV, "int8", dilated=True),
    "FULLY_CONNECTED 1": Signature(FLOAT3, ((2, 4), (3, 4), (3,)), "float32"),
    "FULLY_CONNECTED 4": Signature(INT8_3, ((2, 4), (3, 4), (3,)), "int8"),
    "FULLY_CONNECTED 5": Signature(INT8_3, ((1, 2, 4), (3, 4), (3,)), "int8", keep_num_dims=True),
    "FULLY_CONNECTED 12": Signature(
        ("float32", "int8", "float32"), ((2, 4), (3, 4), (3,)), "float32"
    ),
    "FULLY_CONNECTED 12 ": Signature(
        ("float32", "int4", "float32"), ((1, 2, 4), (3, 4), (3,)), "float32", keep_num_dims=True
    ),
    "FULLY_CONNECTED 6": Signature(FLOAT3[:2], ((2, 4), (3, 4)), "float32"),
    "DEQUANTIZE 2": Signature(("int8",), ((4,),), "float32"),
    "DEQUANTIZE 5": Signature(("int8",), ((4,),), "float32", per_channel=True),
    "BROADCAST_TO 2": Signature(("float32", "int32"), ((4,), (2,)), "float32"),
    "BROADCAST_TO 3": Signature(("int8", "int32"), ((4,), (2,)), "int8"),
    "CAST 1": Signature(("int64",), ((4,),), "int32"),
    "CAST 3": Signature(("int8",), ((4,),), "float32"),
    "TRANSPOSE 1": Signature(("float32", "int32"), ((1, 2, 3, 4), (4,)), "float32"),
    "TRANSPOSE 3": Signature(("bool", "int32"), ((1, 2), (2,)), "bool"),
    "TRANSPOSE 4": Signature(("int8", "int32"), ((1, 2, 3, 4, 5), (5,)), "int8"),
    "TRANSPOSE 6": Signature(("int8", "int32"), ((1, 2, 3, 4, 5, 6), (6,)), "int8"),
    "SUB 3": Signature(("float32",) * 2, ((1, 1, 2, 3, 4), (4,)), "float32"),
    "ADD 4": Signature(("int64",) * 2, ((2,), (2,)), "int64"),
    "MUL 3": Signature(("int8",) * 2, ((2,), (2,)), "int8", rescale=1.5),
    "SOFTMAX 2": Signature(("int8",), ((1, 4),), "int8"),
    "SELECT_V2 1": Signature(("bool", "int8", "int8"), ((2,),) * 3, "int8"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_version_is_the_lowest_that_covers_the_signature(case):
    operator, expected = case.split()
    assert version(operator, CASES[case]) == int(expected)
