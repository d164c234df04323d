from __future__ import annotations

from benchmarks.tflite_layers import (
    Attention,
    convolutions,
    depthwise_forms,
    float_file,
    linears,
    norms,
    written,
)
from edgeattn_converters.tflite.inspect import inspect


def names(content: bytes) -> list[str]:
    return [operation.name for operation in inspect(content).operations]


def test_every_variant_of_the_core_is_written() -> None:
    found = written(lambda: Attention(16, 2), (1, 6, 16))
    assert list(found) == [
        "fp32", "int8-core", "int8-float-core", "int8-core-dynamic", "int8-float-core-dynamic",
    ]  # fmt: skip
    assert "QUANTIZE" not in names(found["fp32"])
    assert all("QUANTIZE" in names(found[name]) for name in list(found)[1:4])
    assert "QUANTIZE" not in names(found["int8-float-core-dynamic"])  # its kernels round inside


def test_linears_without_a_core_are_int8_in_two_ways_and_convolutions_in_one() -> None:
    assert list(written(lambda: linears(8), (1, 4, 8))) == ["fp32", "int8", "int8, dynamic"]
    assert list(written(lambda: convolutions(8, 3), (1, 8, 5, 5))) == ["fp32", "int8"]


def test_norms_differ_by_scale_and_shift_alone() -> None:
    with_affine = names(float_file(lambda: norms(8, affine=True), (1, 4, 8)))
    without = names(float_file(lambda: norms(8, affine=False), (1, 4, 8)))
    # One product and one sum for each of the four; weights of 1 and 0 are still weights.
    assert with_affine.count("MUL") - without.count("MUL") == 4
    assert with_affine.count("ADD") - without.count("ADD") == 4


def test_the_mixed_form_keeps_only_the_depthwise_convolution_float() -> None:
    found = depthwise_forms(4, 6, 1)
    integer, mixed = names(found["int8"]), names(found["int8, depthwise float"])
    assert integer.count("DEPTHWISE_CONV_2D") == mixed.count("DEPTHWISE_CONV_2D") == 1
    before = mixed.index("DEPTHWISE_CONV_2D")
    assert "DEQUANTIZE" in mixed[:before]
    assert "DEQUANTIZE" not in integer[: integer.index("DEPTHWISE_CONV_2D")]
