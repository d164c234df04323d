"""All forms of the core compute the same, or the comparison compares nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.kernels.onnx_cores import FLOATS, FORMS, OURS, STEP, STOCK_INT8
from benchmarks.kernels.shapes import Shape
from benchmarks.onnx_graph import MIDDLE
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session

Array = NDArray[Any]
SHAPE = Shape(heads=2, tokens=24, width=16)
REFERENCE = next(iter(FLOATS))


def inputs() -> dict[str, Array]:
    """Integers, so that float forms and integer forms see the same numbers."""
    random = np.random.default_rng(0)
    size = (1, SHAPE.heads, SHAPE.tokens, SHAPE.width)
    return {name: random.integers(58, 199, size).astype(np.uint8) for name in "qkv"}


def computed(name: str) -> Array:
    """Return the real result, heads apart."""
    form = FORMS[name](SHAPE)
    given = inputs()
    if not form.heads_apart:
        given = {
            key: x.transpose(0, 2, 1, 3).reshape(1, SHAPE.tokens, -1) for key, x in given.items()
        }
    if name in FLOATS:
        given = {
            key: ((x.astype(np.float32) - MIDDLE) * STEP).astype(np.float32)
            for key, x in given.items()
        }
    [found] = open_session(form.content()).run(given).values()
    if name not in FLOATS:
        found = (found.astype(np.float32) - MIDDLE) * STEP
    if not form.heads_apart:
        found = found.reshape(1, SHAPE.tokens, SHAPE.heads, -1).transpose(0, 2, 1, 3)
    return np.asarray(found)


@pytest.mark.parametrize("name", list(FLOATS)[1:])
def test_the_float_forms_agree(name: str) -> None:
    np.testing.assert_allclose(computed(name), computed(REFERENCE), atol=1e-5)


@pytest.mark.parametrize(("name", "least_db"), [(OURS, 25), (STOCK_INT8, 15)])
def test_an_int8_form_agrees_but_for_rounding(name: str, least_db: float) -> None:
    # Four cores in a row, each of which rounds its results to steps of 0.03; they spread over
    # about 0.5, so one rounding leaves 35 dB. Q/DQ rounds the scores and the weights as well.
    assert sqnr_db(computed(REFERENCE), computed(name)) > least_db


def test_the_bound_counts_both_products() -> None:
    # 2 heads, 24 x 24 pairs, 16 products for the score and 16 for the sum, 64 an instruction.
    assert SHAPE.dot_products == 2 * 24 * 24 * (16 + 16) // 64
