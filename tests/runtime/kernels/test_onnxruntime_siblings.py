"""Tables and LayerNorms inside ONNX Runtime, with the library and as functions of the model."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from edgeattn_converters.onnx.fused_norms import FROM_FLOAT, FROM_INTEGERS, NORMS
from edgeattn_converters.onnx.fused_siblings import DEFINITIONS
from edgeattn_converters.onnx.fused_tables import DOMAIN, GELU, HARDSWISH, SILU, TABLES
from edgeattn_converters.onnx.symbolic import MICROSOFT, OPSET
from edgeattn_runtime.errors import BrokenModel
from edgeattn_runtime.session import open_session

Array = NDArray[Any]
X, Y = (0.04, 131), (0.03, 20)
FUNCTIONS = {GELU: "gelu", HARDSWISH: "hardswish", SILU: "silu"}
SHAPES = [(1,), (2, 3, 5), (1, 7, 9, 24), (1, 2, 3, 4, 5), (600_000,)]
WIDTH = 24


def model(
    name: str, shape: tuple[int, ...], *, x: tuple[float, int] = X, epsilon: float = 1e-5,
    affine: dict[str, Array] | None = None, functions: bool = True,
) -> bytes:  # fmt: skip
    """A model of one operator, which names the attention beside which it would stand."""
    definition = DEFINITIONS[name](name)
    kind = TensorProto.FLOAT if name == FROM_FLOAT else TensorProto.UINT8
    constants = []
    for one, (scale, zero_point) in {"x": x, "y": Y}.items():
        constants.append(helper.make_tensor(f"{one}_scale", TensorProto.FLOAT, [], [scale]))
        constants.append(
            helper.make_tensor(f"{one}_zero_point", TensorProto.UINT8, [], [zero_point])
        )
    for one, array in (affine or {}).items():
        constants.append(helper.make_tensor(one, TensorProto.FLOAT, array.shape, array))
    attributes: dict[str, Any] = {"epsilon": epsilon} if name in NORMS else {}
    node = helper.make_node(name, list(definition.input), ["y"], domain=DOMAIN, **attributes)
    graph = helper.make_graph(
        [node], "QLinearAttention",  # the word by which the runtime knows whom to ask
        [helper.make_tensor_value_info("x", kind, list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, list(shape))],
        [one for one in constants if one.name in definition.input],
    )  # fmt: skip
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1),
              helper.make_opsetid(MICROSOFT, 1)]  # fmt: skip
    made = helper.make_model(
        graph, functions=[definition] if functions else [], opset_imports=opsets, ir_version=10
    )
    onnx.checker.check_model(made)
    content: bytes = made.SerializeToString()
    return content


def affine(width: int = WIDTH, *, neutral: bool = False) -> dict[str, Array]:
    random = np.random.default_rng(width)
    spread = 0 if neutral else 0.3
    return {
        "gamma": (1 + spread * random.standard_normal(width)).astype(np.float32),
        "beta": (spread * random.standard_normal(width)).astype(np.float32),
    }


def drawn(name: str, shape: tuple[int, ...]) -> Array:
    random = np.random.default_rng(len(shape))
    if name == FROM_FLOAT:
        return random.standard_normal(shape).astype(np.float32)
    return random.integers(0, 256, shape).astype(np.uint8)


def computed(content: bytes, x: Array, threads: int = 1) -> Array:
    session = open_session(content, threads=threads)
    assert session.kernels is not None
    [y] = session.run({"x": x}).values()
    return y


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", TABLES)
def test_the_engine_looks_up_what_the_library_does(
    kernels: ModuleType, name: str, shape: tuple[int, ...]
) -> None:
    x = drawn(name, shape)
    table = kernels.make_table(FUNCTIONS[name], *X, *Y)
    np.testing.assert_array_equal(computed(model(name, shape), x), table[x])


@pytest.mark.parametrize("neutral", [False, True], ids=["affine", "neutral"])
@pytest.mark.parametrize("name", NORMS)
def test_the_engine_normalises_as_the_library_does(
    kernels: ModuleType, name: str, neutral: bool
) -> None:
    x, given = drawn(name, (2, 5, WIDTH)), affine(neutral=neutral)
    y = kernels.layer_norm(
        x, x_scale=X[0], x_zero_point=X[1], y_scale=Y[0], y_zero_point=Y[1], **given
    )
    content = model(name, x.shape, affine=given)
    np.testing.assert_array_equal(computed(content, x), y)


@pytest.mark.parametrize("name", [*TABLES, *NORMS])
def test_the_engines_threads_share_the_work_and_change_nothing(
    kernels: ModuleType, name: str
) -> None:
    shape = (30_000, WIDTH)  # enough of it to be shared
    x, content = drawn(name, shape), model(name, shape, affine=affine())
    np.testing.assert_array_equal(computed(content, x), computed(content, x, threads=2))


@pytest.mark.parametrize("name", [*TABLES, *NORMS])
def test_the_function_computes_the_same_without_the_library(
    kernels: ModuleType, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    x = drawn(name, (4, 10, WIDTH))
    content = model(name, x.shape, affine=affine())
    fast = computed(content, x).astype(int)
    monkeypatch.setenv("EDGEATTN_KERNELS", "off")
    session = open_session(content)
    assert session.kernels is None
    [slow] = session.run({"x": x}).values()
    # Sums in another order may turn the rounding of a result, and so may a gate in steps of 1/255:
    # x reaches 5, so half a step of the gate is 0.01, a third of a step of y.
    assert np.abs(fast - slow.astype(int)).max() <= 1
    assert (fast == slow).mean() > 0.8


def test_a_table_is_made_anew_where_scales_change_from_run_to_run(kernels: ModuleType) -> None:
    definition = DEFINITIONS[GELU](GELU)
    inputs = [
        helper.make_tensor_value_info(
            one, TensorProto.FLOAT if one.endswith("scale") else TensorProto.UINT8,
            [8] if one == "x" else [],
        )
        for one in definition.input
    ]  # fmt: skip
    node = helper.make_node(GELU, list(definition.input), ["y"], domain=DOMAIN)
    y = helper.make_tensor_value_info("y", TensorProto.UINT8, [8])
    made = helper.make_model(
        helper.make_graph([node], "QLinearAttention", inputs, [y]), functions=[definition],
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, 1)],
        ir_version=10,
    )  # fmt: skip
    session = open_session(made.SerializeToString())
    x = np.arange(100, 180, 10).astype(np.uint8)
    for levels in ((*X, *Y), (0.01, 100, 0.02, 30), (*X, *Y)):
        feed = {
            "x": x,
            "x_scale": np.float32(levels[0]), "x_zero_point": np.uint8(levels[1]),
            "y_scale": np.float32(levels[2]), "y_zero_point": np.uint8(levels[3]),
        }  # fmt: skip
        [found] = session.run({k: np.asarray(v) for k, v in feed.items()}).values()
        np.testing.assert_array_equal(found, kernels.make_table("gelu", *levels)[x])


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        (GELU, {"x": (0.0, 1)}, "positive normal float"),
        (FROM_INTEGERS, {"x": (0.0, 1), "affine": affine()}, "positive normal float"),
        (FROM_FLOAT, {"epsilon": 0.0, "affine": affine()}, "positive normal float"),
        (FROM_FLOAT, {"affine": affine(WIDTH - 1)}, "gamma and beta are not"),
        (FROM_INTEGERS, {"affine": affine(1)}, "gamma and beta are not"),
    ],
    ids=str,
)
def test_a_call_that_makes_no_sense_is_refused_with_the_reason(
    kernels: ModuleType, name: str, change: dict[str, Any], said: str
) -> None:
    for shape in ((3, WIDTH), (9000, WIDTH)):  # computed at once, and by parts
        with pytest.raises(BrokenModel, match=said):
            computed(model(name, shape, functions=False, **change), drawn(name, shape))
