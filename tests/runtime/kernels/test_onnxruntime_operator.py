"""The fused core inside ONNX Runtime, against the same operator through the C interface."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from edgeattn_converters.onnx.fused_attention import (
    DOMAIN,
    OPERANDS,
    TO_FLOAT,
    TO_INTEGERS,
    definition,
    levelled,
)
from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET
from edgeattn_runtime.errors import BrokenModel
from edgeattn_runtime.session import open_session

Array = NDArray[Any]
SCALE = 0.4
LEVELS = {"q": (0.02, 131), "k": (0.03, 120), "v": (0.01, 140), "y": (0.008, 127)}
# heads, queries, keys, head width, width of a value's head
SHAPES = [(2, 5, 5, 8, 8), (3, 17, 40, 32, 24), (1, 1, 1, 1, 1), (4, 200, 200, 32, 32)]


def model(
    shape: tuple[int, int, int, int, int],
    name: str,
    *,
    batch: int = 1,
    bias: tuple[int, ...] | None = None,
    attributes: dict[str, Any] | None = None,
    functions: bool = True,
) -> bytes:
    heads, queries, keys, width, value_width = shape
    sizes = {"q": (queries, heads * width), "k": (keys, heads * width),
             "v": (keys, heads * value_width)}  # fmt: skip
    inputs = [helper.make_tensor_value_info(one, TensorProto.UINT8, [batch, *sizes[one]])
              for one in OPERANDS]  # fmt: skip
    names = list(levelled("q") + levelled("k") + levelled("v"))
    constants = []
    for one in (*OPERANDS, *(("y",) if name == TO_INTEGERS else ())):
        scale, zero = LEVELS[one]
        constants.append(helper.make_tensor(f"{one}_scale", TensorProto.FLOAT, [], [scale]))
        constants.append(helper.make_tensor(f"{one}_zero_point", TensorProto.UINT8, [], [zero]))
    if name == TO_INTEGERS:
        names += levelled("y")[1:]
    if bias is not None:
        inputs.append(helper.make_tensor_value_info("bias", TensorProto.FLOAT, list(bias)))
        names.append("bias")
    node = helper.make_node(
        name, names, ["y"], domain=DOMAIN,
        **({"num_heads": heads, "scale": SCALE} if attributes is None else attributes),
    )  # fmt: skip
    kind = TensorProto.UINT8 if name == TO_INTEGERS else TensorProto.FLOAT
    result = helper.make_tensor_value_info("y", kind, [batch, queries, heads * value_width])
    graph = helper.make_graph([node], "core", inputs, [result], constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1),
              helper.make_opsetid(MICROSOFT, 1)]  # fmt: skip
    made = helper.make_model(
        graph, functions=[definition(name)] if functions else [], opset_imports=opsets,
        ir_version=10,
    )  # fmt: skip
    onnx.checker.check_model(made)
    content: bytes = made.SerializeToString()
    return content


def numbers(shape: tuple[int, int, int, int, int], batch: int = 1) -> dict[str, Array]:
    heads, queries, keys, width, value_width = shape
    random = np.random.default_rng(sum(shape))
    sizes = {"q": (queries, heads * width), "k": (keys, heads * width),
             "v": (keys, heads * value_width)}  # fmt: skip
    return {one: random.integers(0, 256, (batch, *size)).astype(np.uint8)
            for one, size in sizes.items()}  # fmt: skip


def expected(
    kernels: ModuleType,
    x: dict[str, Array],
    heads: int,
    bias: Array | None,
    integers: bool,
    planes: int = 1,
) -> Array:
    """The C interface on heads that were moved apart by NumPy."""
    apart = {one: part.reshape(*part.shape[:2], heads, -1).transpose(0, 2, 1, 3)
             for one, part in x.items()}  # fmt: skip
    scale, zero_point = LEVELS["y"]
    score_scale = np.float32(LEVELS["q"][0]) * np.float32(LEVELS["k"][0]) * np.float32(SCALE)
    y: Array = kernels.attention(
        *(apart[one] for one in OPERANDS),
        score_scale=float(score_scale), v_scale=LEVELS["v"][0], bias=bias,
        zero_points=tuple(LEVELS[one][1] for one in OPERANDS),
        quantized=kernels.Quantized(scale, zero_point, "uint8") if integers else None,
        planes=planes,
    )  # fmt: skip
    return y.transpose(0, 2, 1, 3).reshape(y.shape[0], y.shape[2], -1)


def computed(content: bytes, x: dict[str, Array], *, threads: int = 1) -> Array:
    session = open_session(content, threads=threads)
    assert session.kernels is not None
    [y] = session.run(x).values()
    return y


@pytest.mark.parametrize("name", [TO_INTEGERS, TO_FLOAT])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_engine_computes_what_the_library_does(
    kernels: ModuleType, shape: tuple[int, int, int, int, int], name: str
) -> None:
    x = numbers(shape, batch=2)
    y = computed(model(shape, name, batch=2), x)
    np.testing.assert_array_equal(y, expected(kernels, x, shape[0], None, name == TO_INTEGERS))


@pytest.mark.parametrize("size", [(2, 3, 17, 40), (1, 3, 17, 40), (2, 1, 1, 40), (1, 1, 17, 1)])
@pytest.mark.parametrize("name", [TO_INTEGERS, TO_FLOAT])
def test_a_bias_broadcasts(kernels: ModuleType, size: tuple[int, ...], name: str) -> None:
    shape = SHAPES[1]
    x = numbers(shape, batch=2)
    bias = np.random.default_rng(1).normal(size=size).astype(np.float32)
    y = computed(model(shape, name, batch=2, bias=size), {**x, "bias": bias})
    whole = np.ascontiguousarray(np.broadcast_to(bias, (2, 3, 17, 40)))
    np.testing.assert_array_equal(y, expected(kernels, x, shape[0], whole, name == TO_INTEGERS))


@pytest.mark.parametrize("planes", [1, 2])
def test_a_file_chooses_how_finely_it_is_weighed(kernels: ModuleType, planes: int) -> None:
    shape = SHAPES[3]
    x = numbers(shape)
    attributes = {"num_heads": shape[0], "scale": SCALE, "planes": planes}
    y = computed(model(shape, TO_FLOAT, attributes=attributes), x)
    np.testing.assert_array_equal(y, expected(kernels, x, shape[0], None, False, planes))
    other = expected(kernels, x, shape[0], None, False, 3 - planes)
    assert np.abs(y - other).max() > 0


def test_the_engines_threads_share_the_heads_and_change_nothing(kernels: ModuleType) -> None:
    shape = (4, 200, 200, 32, 32)  # enough multiplications to be shared
    x = numbers(shape)
    content = model(shape, TO_INTEGERS)
    np.testing.assert_array_equal(computed(content, x), computed(content, x, threads=2))


def test_the_function_computes_the_same_without_the_library(
    kernels: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = SHAPES[1]
    x, content = numbers(shape), model(SHAPES[1], TO_INTEGERS)
    fast = computed(content, x).astype(int)
    monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    session = open_session(content)
    assert session.kernels is None
    [slow] = session.run(x).values()
    # The kernel's weights have 8 bits: a result may fall on the other side of a step's middle.
    assert np.abs(fast - slow.astype(int)).max() <= 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"attributes": {"num_heads": 0, "scale": 1.0}}, "num_heads is below 1"),
        ({"attributes": {"num_heads": 5, "scale": 1.0}}, "num_heads \\* head_width"),
        ({"attributes": {"num_heads": 3, "scale": float("nan")}}, "scale is not a positive"),
        ({"attributes": {"num_heads": 3, "scale": 1.0, "planes": 3}}, "planes is neither 1 nor 2"),
        ({"bias": (1, 3, 17, 39)}, "does not broadcast"),
        ({"bias": (17, 40)}, "does not broadcast"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_with_the_reason(
    kernels: ModuleType, change: dict[str, Any], said: str
) -> None:
    shape = SHAPES[1]
    x = numbers(shape)
    if "bias" in change:
        x["bias"] = np.zeros(change["bias"], np.float32)
    with pytest.raises(BrokenModel, match=said):
        computed(model(shape, TO_INTEGERS, functions=False, **change), x)


def test_many_sessions_share_one_library(kernels: ModuleType) -> None:
    x, content = numbers(SHAPES[0]), model(SHAPES[0], TO_FLOAT)
    sessions = [open_session(content) for _ in range(3)]
    first = [next(iter(session.run(x).values())) for session in sessions]
    del sessions[0]
    again = [next(iter(session.run(x).values())) for session in sessions]
    for y in (*first, *again):
        np.testing.assert_array_equal(y, first[0])
