from __future__ import annotations

import numpy as np
import pytest

from benchmarks.tflite_operators import FLOAT, INTEGER, THROUGH, UNARY, product_forms
from edgeattn_runtime.session import open_session

SHAPE = (1, 4, 8)


@pytest.mark.parametrize("name", UNARY)
def test_the_int8_forms_agree_within_a_step(name: str) -> None:
    forms = UNARY[name](SHAPE)
    x = np.random.default_rng(0).integers(-100, 100, SHAPE).astype(np.int8)
    answers = {}
    for form in (INTEGER, THROUGH):
        session = open_session(forms[form])
        (answers[form],) = session.run({port.name: x for port in session.inputs}).values()
    steps = answers[INTEGER].astype(int) - answers[THROUGH]
    assert np.abs(steps).max() <= 1
    assert answers[THROUGH].std() > 1  # no constant answer


@pytest.mark.parametrize("name", UNARY)
def test_the_float_form_is_float(name: str) -> None:
    session = open_session(UNARY[name](SHAPE)[FLOAT])
    assert {port.dtype for port in (*session.inputs, *session.outputs)} == {"float32"}


def test_products_multiply_by_rows() -> None:
    session = open_session(product_forms(1, 3, 4)[FLOAT])
    random = np.random.default_rng(0)
    q, k = (random.standard_normal((1, 1, 3, 4)).astype(np.float32) for _ in range(2))
    (y,) = session.run({"q": q, "k": k}).values()
    np.testing.assert_allclose(y, q @ k.swapaxes(2, 3), atol=1e-5)  # float32 sums of four
