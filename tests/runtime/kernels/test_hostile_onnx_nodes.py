"""Nodes that lie about shapes, levels and attributes: refused with the reason, nothing read."""

from __future__ import annotations

import ctypes
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from edgeattn_converters.onnx.fused_attention import DOMAIN, OPERANDS, TO_INTEGERS, levelled
from edgeattn_converters.onnx.symbolic import OPSET
from edgeattn_runtime.errors import BrokenModel
from edgeattn_runtime.session import open_session

Array = NDArray[Any]
NAMES = [part for one in (*OPERANDS, "y") for part in levelled(one)]
NAMES.remove("y")
BATCH, TOKENS, KEYS, HEADS, WIDTH = 2, 5, 7, 3, 8
LARGEST = 2**63 - 1


def number(value: float, dtype: type = np.float32) -> Array:
    return np.array(value, dtype)


def zeros(*shape: int) -> Array:
    return np.zeros(shape, np.uint8)


def given(**changes: Array) -> dict[str, Array]:
    """Inputs that make sense, but for `changes`."""
    inputs: dict[str, Array] = {}
    for one, tokens in zip(OPERANDS, (TOKENS, KEYS, KEYS), strict=True):
        inputs[one] = np.full((BATCH, tokens, HEADS * WIDTH), 130, np.uint8)
    for name in NAMES:
        if name.endswith("_scale"):
            inputs[name] = number(0.02)
        elif name.endswith("_zero_point"):
            inputs[name] = number(128, np.uint8)
    return inputs | changes


def computed(
    inputs: dict[str, Array],
    attributes: dict[str, Any] | None = None,
    wired: list[str] | None = None,
) -> Array:
    wired = wired or [*NAMES, *(["bias"] if "bias" in inputs else [])]
    if attributes is None:
        attributes = {"num_heads": HEADS, "scale": 0.4}
    return run_node(TO_INTEGERS, inputs, wired, attributes)


def run_node(
    name: str, inputs: dict[str, Array], wired: list[str], attributes: dict[str, Any]
) -> Array:
    """Run one node; the engine infers no shapes of it, so nobody but the node can check."""
    node = helper.make_node(name, wired, ["y"], domain=DOMAIN, **attributes)
    kinds = {name: helper.np_dtype_to_tensor_dtype(inputs[name].dtype) for name in inputs}
    ports = [
        helper.make_tensor_value_info(name, kinds[name], x.shape)
        for name, x in inputs.items() if name in wired
    ]  # fmt: skip
    y = helper.make_tensor_value_info("y", TensorProto.UINT8, None)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)]
    graph = helper.make_graph([node], TO_INTEGERS, ports, [y])  # the runtime looks for the word
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=10)
    session = open_session(model.SerializeToString())
    assert session.kernels is not None
    [found] = session.run({port.name: inputs[port.name] for port in ports}).values()
    return found


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"q": zeros(TOKENS, 24)}, "not \\[batch, tokens"),
        ({"k": zeros(2, 7, 3, 8)}, "not \\[batch, tokens"),
        ({"v": zeros(2, 7, 3, 2, 4)}, "not \\[batch, tokens"),
        ({"q": number(1, np.uint8)}, "not \\[batch, tokens"),
        ({"q": zeros(2, 5, 25)}, "not \\[batch, tokens"),
        ({"q": zeros(2, 5, 27)}, "disagree about batch, keys or width"),
        ({"q": zeros(1, 5, 24)}, "disagree about batch, keys or width"),
        ({"v": zeros(1, 7, 24)}, "disagree about batch, keys or width"),
        ({"k": zeros(2, 6, 24)}, "disagree about batch, keys or width"),
        ({"q": zeros(2, 5, 0), "k": zeros(2, 7, 0)}, "not \\[batch, tokens"),
        ({"v": zeros(2, 7, 0)}, "not \\[batch, tokens"),
        ({"q": zeros(1, 2, 771), "k": zeros(1, 2, 771), "v": zeros(1, 2, 24)}, "not in 1..256"),
        ({"k": zeros(2, 65537, 24), "v": zeros(2, 65537, 24)}, "more than 65536 keys"),
        ({"q_scale": np.float32([0.1, 0.2])}, "is not one number"),
        ({"k_scale": np.float32([])}, "is not one number"),
        ({"v_zero_point": zeros(1, 1)}, "is not one number"),
        ({"q_scale": number(np.nan)}, "not a positive normal float"),
        ({"k_scale": number(-0.1)}, "not a positive normal float"),
        ({"v_scale": number(0)}, "not a positive normal float"),
        ({"y_scale": number(np.inf)}, "not a positive normal float"),
        ({"q_scale": number(1e30), "k_scale": number(1e30)},
         "not a positive normal float"),
        ({"bias": np.zeros((2, 3, 5), np.float32)}, "does not broadcast"),
        ({"bias": np.zeros((1, 2, 3, 5, 7), np.float32)}, "does not broadcast"),
        ({"bias": np.zeros((2, 3, 7, 5), np.float32)}, "does not broadcast"),
        ({"bias": np.zeros((2, 2, 5, 7), np.float32)}, "does not broadcast"),
        ({"bias": np.zeros((2, 3, 5, 0), np.float32)}, "does not broadcast"),
        ({"bias": number(0)}, "does not broadcast"),
    ],
    ids=lambda x: None if isinstance(x, dict) else x,
)  # fmt: skip
def test_shapes_and_levels_that_lie_are_refused(
    kernels: ModuleType, changes: dict[str, Array], said: str
) -> None:
    with pytest.raises(BrokenModel, match=said):
        computed(given(**changes))


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"num_heads": 3}, "scale"),
        ({"scale": 0.4}, "num_heads"),
        ({"num_heads": 3.0, "scale": 0.4}, "type don't match"),
        ({"num_heads": 3, "scale": "0.4"}, "type don't match"),
        ({"num_heads": -3, "scale": 0.4}, "num_heads is below 1"),
        ({"num_heads": 7, "scale": 0.4}, "num_heads \\* head_width"),
        ({"num_heads": LARGEST, "scale": 0.4}, "num_heads \\* head_width"),
        ({"num_heads": 3, "scale": -0.4}, "not a positive normal float"),
        ({"num_heads": 3, "scale": float("inf")}, "not a positive normal float"),
        ({"num_heads": 3, "scale": 0.0}, "not a positive normal float"),
    ],
)
def test_attributes_that_make_no_sense_are_refused(
    kernels: ModuleType, attributes: dict[str, Any], said: str
) -> None:
    with pytest.raises(BrokenModel, match=said):
        computed(given(), attributes)


def test_more_heads_than_an_empty_axis_can_have_are_refused(kernels: ModuleType) -> None:
    empty = {"q": zeros(2, 5, 0), "k": zeros(2, 7, 0), "v": zeros(2, 7, 0)}
    with pytest.raises(BrokenModel, match="num_heads \\* head_width"):
        computed(given(**empty), {"num_heads": LARGEST, "scale": 0.4})


@pytest.mark.parametrize("missing", ["q", "k_scale", "v_zero_point", "y_scale"])
def test_a_required_input_that_is_left_out_is_refused(kernels: ModuleType, missing: str) -> None:
    wired = ["" if name == missing else name for name in NAMES]
    with pytest.raises(BrokenModel):
        computed(given(), wired=wired)


@pytest.mark.parametrize("wired", [NAMES[:5], [*NAMES, "q_scale", "q_scale", "q_scale"], ["q"]])
def test_too_few_and_too_many_inputs_are_refused(kernels: ModuleType, wired: list[str]) -> None:
    with pytest.raises(BrokenModel):
        computed(given(), wired=wired)


@pytest.mark.parametrize("name", ["q", "k_zero_point", "v_scale"])
def test_inputs_of_another_type_are_refused(kernels: ModuleType, name: str) -> None:
    inputs = given()
    with pytest.raises(BrokenModel):
        computed(inputs | {name: inputs[name].astype(np.int8)})


def test_no_tokens_and_no_keys_are_defined(kernels: ModuleType) -> None:
    assert computed(given(q=zeros(BATCH, 0, 24))).shape == (BATCH, 0, 24)
    none = {name: zeros(0, 5, 24) for name in OPERANDS}
    assert computed(given(**none)).shape == (0, 5, 24)
    found = computed(given(k=zeros(BATCH, 0, 24), v=zeros(BATCH, 0, 24)))
    np.testing.assert_array_equal(found, np.full((BATCH, TOKENS, 24), 128, np.uint8))


def test_rows_that_a_bias_masks_are_the_zero_point(kernels: ModuleType) -> None:
    bias = np.zeros((1, 1, TOKENS, KEYS), np.float32)
    bias[:, :, 1] = -np.inf
    bias[:, :, 2] = np.nan
    found = computed(given(bias=bias))
    np.testing.assert_array_equal(found[:, 1:3], np.full((BATCH, 2, 24), 128, np.uint8))
    assert (found[:, 0] != 128).all()


def test_an_engine_that_is_too_old_is_told_so(kernels: ModuleType) -> None:
    """A table of functions as engines before 1.17 hand over: none of the version asked for."""
    said: list[bytes] = []
    create_status = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)

    def status(_: int, text: bytes) -> int:
        said.append(text)
        return 1

    made = create_status(status)
    table = (ctypes.c_void_p * 1)(ctypes.cast(made, ctypes.c_void_p))
    asked: list[int] = []

    def of(version: int) -> int | None:
        asked.append(version)
        return ctypes.addressof(table) if version == 1 else None

    get = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)(of)
    base = (ctypes.c_void_p * 2)(ctypes.cast(get, ctypes.c_void_p), None)
    register = ctypes.CDLL(str(kernels.library())).RegisterCustomOps
    register.restype = ctypes.c_void_p
    assert register(None, ctypes.byref(base)) == 1
    assert said == [b"edgeattn-kernels needs ONNX Runtime 1.17 or newer"]
    assert asked == [17, 1]
