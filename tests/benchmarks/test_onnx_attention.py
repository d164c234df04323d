from __future__ import annotations

import numpy as np
import pytest

from benchmarks.onnx_attention import FORMS, FloatGemm, FloatMatMul
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session

TOKENS, WIDTH, HEADS = 8, 16, 2
X = np.random.default_rng(1).standard_normal((TOKENS, WIDTH)).astype(np.float32)


def answer(form: type[FloatGemm]) -> np.ndarray:
    session = open_session(form(TOKENS, WIDTH, HEADS).build(depth=2))
    (port,) = session.inputs
    (y,) = session.run({"x": X.reshape(port.shape)}).values()
    return y.reshape(X.shape)


def test_both_float_forms_compute_the_same() -> None:
    # float32 sums in another order
    np.testing.assert_allclose(answer(FloatMatMul), answer(FloatGemm), atol=1e-5)


@pytest.mark.parametrize("name", [name for name in FORMS if name.startswith("int8")])
def test_int8_forms_compute_the_same_but_for_rounding(name: str) -> None:
    # Steps of 0.03 on values of spread 1 round at 41 dB; some ten roundings lie in a row.
    assert sqnr_db(answer(FloatGemm), answer(FORMS[name])) > 25
