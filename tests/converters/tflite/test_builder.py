from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from edgeattn_converters.tflite.builder import ALIGNMENT, Affine, Builder


def sum_of_constants(builder: Builder, *constants: np.ndarray) -> bytes:
    x = y = builder.tensor("x", constants[0].shape, "float32")
    for index, constant in enumerate(constants):
        total = builder.tensor("sum", constant.shape, "float32")
        y = builder.add("ADD", [y, builder.constant(constant, f"c{index}")], total, "AddOptions")
    return builder.finish({"in": x}, {"out": y}, "a sum")


def test_a_file_runs_and_names_its_ports():
    content = sum_of_constants(Builder(), np.arange(4, dtype=np.float32))
    runner = Interpreter(model_content=content).get_signature_runner("serving_default")
    result = runner(**{"in": np.ones(4, np.float32)})
    np.testing.assert_array_equal(result["out"], [1, 2, 3, 4])


def test_equal_constants_are_stored_once():
    value = np.arange(4, dtype=np.float32)
    builder = Builder()
    sum_of_constants(builder, value, value.copy(), value + 1)
    assert [tensor.name for tensor in builder.tensors if tensor.name[0] == "c"] == ["c0", "c2"]


def test_constants_of_other_types_shapes_or_scales_are_not_confused():
    builder = Builder()
    zeros = np.zeros(4, np.int8)
    affine = Affine((0.5,))
    tensors = {
        builder.constant(zeros, "a"),
        builder.constant(zeros.reshape(2, 2), "b"),
        builder.constant(zeros, "c", affine),
        builder.constant(np.zeros(1, np.int32), "d"),
    }
    assert len(tensors) == 4


def test_a_name_that_is_taken_gets_a_number():
    builder = Builder()
    names = [builder.tensor("x", (1,), "float32").name for _ in range(3)]
    assert names == ["x", "x;1", "x;2"]


def test_buffers_start_at_multiples_of_the_alignment():
    constants = [np.full(n, n, np.float32) for n in (3, 3, 3)]
    constants = [constant + index for index, constant in enumerate(constants)]
    content = sum_of_constants(Builder(), *constants)
    model = schema.Model.GetRootAs(content, 0)
    offsets = []
    for constant in constants:
        assert content.count(constant.tobytes()) == 1
        offsets.append(content.index(constant.tobytes()))
    assert model.BuffersLength() == 4
    assert all(offset % ALIGNMENT == 0 for offset in offsets), offsets


def test_operators_of_one_kind_and_version_share_a_code():
    content = sum_of_constants(Builder(), *np.eye(3, dtype=np.float32))
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    assert [(code.builtinCode, code.version) for code in model.operatorCodes] == [(0, 1)]
    assert len(model.subgraphs[0].operators) == 3


def test_nibbles_pack_two_values_to_a_byte_the_first_one_low():
    builder = Builder()
    tensor = builder.nibbles(np.array([[-7, 1, 3]], np.int8), "w", Affine((0.5,)))
    assert (tensor.shape, tensor.dtype) == ((1, 3), "int4")
    x = builder.tensor("x", (1, 3), "float32")
    y = builder.add("RELU", [x], builder.tensor("y", (1, 3), "float32"))
    model = schema.ModelT.InitFromPackedBuf(builder.finish({"x": x}, {"y": y}, "nibbles"), 0)
    stored = model.subgraphs[0].tensors[tensor.index]
    assert stored.type == schema.TensorType.INT4
    assert bytes(model.buffers[stored.buffer].data) == bytes([0x19, 0x03])  # -7 is 1001


def test_an_operator_may_fill_several_tensors():
    builder = Builder()
    x, k = builder.tensor("x", (1, 4), "float32"), builder.integers([2], "k")
    values, places = (builder.tensor(kind, (1, 2), kind) for kind in ("float32", "int32"))
    assert builder.add("TOPK_V2", [x, k], (values, places), "TopKV2Options") is values
    content = builder.finish({"x": x}, {"values": values, "places": places}, "two")
    run = Interpreter(model_content=content).get_signature_runner()
    found = run(x=np.array([[3, 1, 4, 2]], np.float32))
    assert found["values"].tolist() == [[4, 3]]
    assert found["places"].tolist() == [[2, 0]]
