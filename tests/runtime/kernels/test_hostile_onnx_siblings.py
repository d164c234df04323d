"""Tables and LayerNorms whose shapes, levels and attributes lie: refused with the reason."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edgeattn_converters.onnx.fused_norms import FROM_FLOAT, FROM_INTEGERS, NORMS
from edgeattn_converters.onnx.fused_tables import GELU, TABLES
from edgeattn_runtime.errors import BrokenModel
from tests.runtime.kernels.test_hostile_onnx_nodes import Array, number, run_node, zeros

WIDTH = 24
LEVELS = ["x_scale", "x_zero_point", "y_scale", "y_zero_point"]


def computed(name: str, attributes: dict[str, Any] | None = None, **changes: Array) -> Array:
    """Run a node whose inputs make sense, but for `changes`."""
    x = zeros(2, 5, WIDTH) if name != FROM_FLOAT else np.ones((2, 5, WIDTH), np.float32)
    inputs: dict[str, Array] = {"x": x} | {
        one: number(0.02) if one.endswith("scale") else number(128, np.uint8) for one in LEVELS
    }
    inputs |= {"gamma": np.ones(WIDTH, np.float32), "beta": np.ones(WIDTH, np.float32)} | changes
    wired = ["x", *(LEVELS if name != FROM_FLOAT else LEVELS[2:])]
    if name in NORMS:
        wired += ["gamma", "beta"]
        attributes = {"epsilon": 1e-5} if attributes is None else attributes
    return run_node(name, inputs, wired, attributes or {})


@pytest.mark.parametrize("name", [*TABLES, *NORMS])
def test_the_node_that_the_others_spoil_makes_sense(kernels: ModuleType, name: str) -> None:
    assert computed(name).shape == (2, 5, WIDTH)


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        (GELU, {"x": zeros(1, 1, 1, 1, 1, 1, 1, 1, 1)}, "more than 8 axes"),
        (FROM_INTEGERS, {"x": zeros(1, 1, 1, 1, 1, 1, 1, 1, WIDTH)}, "more than 8 axes"),
        (FROM_INTEGERS, {"x": number(1, np.uint8)}, "no last dimension"),
        (FROM_FLOAT, {"x": number(1)}, "no last dimension"),
        (FROM_FLOAT, {"gamma": np.ones((1, WIDTH), np.float32)}, "gamma and beta are not"),
        (FROM_FLOAT, {"beta": np.ones(WIDTH + 1, np.float32)}, "gamma and beta are not"),
        (FROM_FLOAT, {"beta": number(1)}, "gamma and beta are not"),
        (FROM_FLOAT, {"x": np.ones((2, 0), np.float32)}, "gamma and beta are not"),
        (GELU, {"x_scale": number(np.nan)}, "positive normal float"),
        (GELU, {"y_scale": number(-0.1)}, "positive normal float"),
        (GELU, {"y_scale": np.float32([0.1, 0.1])}, "is not one number"),
        (GELU, {"y_zero_point": zeros(0)}, "is not one number"),
        (FROM_INTEGERS, {"x_scale": number(np.inf)}, "positive normal float"),
        (FROM_FLOAT, {"y_scale": number(0)}, "positive normal float"),
        (FROM_FLOAT, {"y_scale": number(1e-38)}, "positive normal float"),
    ],
    ids=lambda x: None if isinstance(x, dict) else x,
)
def test_shapes_and_levels_that_lie_are_refused(
    kernels: ModuleType, name: str, changes: dict[str, Array], said: str
) -> None:
    with pytest.raises(BrokenModel, match=said):
        computed(name, **changes)


@pytest.mark.parametrize("epsilon", [0.0, -1e-5, float("nan"), float("inf"), 1e-42])
@pytest.mark.parametrize("name", NORMS)
def test_an_epsilon_that_is_no_positive_normal_number_is_refused(
    kernels: ModuleType, name: str, epsilon: float
) -> None:
    with pytest.raises(BrokenModel, match="positive normal float"):
        computed(name, {"epsilon": epsilon})


def test_a_missing_epsilon_is_refused(kernels: ModuleType) -> None:
    with pytest.raises(BrokenModel, match="epsilon"):
        computed(FROM_FLOAT, {})


@pytest.mark.parametrize("name", [*TABLES, *NORMS])
def test_nothing_in_is_nothing_out(kernels: ModuleType, name: str) -> None:
    dtype = np.float32 if name == FROM_FLOAT else np.uint8
    assert computed(name, x=np.zeros((0, 5, WIDTH), dtype)).shape == (0, 5, WIDTH)
