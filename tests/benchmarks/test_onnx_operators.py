from __future__ import annotations

import numpy as np
import pytest

from benchmarks.onnx_operators import Convolution, convolution_forms, softmax_forms
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.session import open_session

X = np.random.default_rng(1).standard_normal((1, 8, 5, 5)).astype(np.float32)


@pytest.mark.parametrize("depthwise", [False, True])
def test_all_forms_of_a_convolution_compute_the_same_but_for_rounding(depthwise: bool) -> None:
    found = []
    for content in convolution_forms(Convolution("c", 5, 8, 3, depthwise)).values():
        session = open_session(content)
        first = session.inputs[0].shape == X.shape
        x = X if first else np.ascontiguousarray(X.transpose(0, 2, 3, 1))
        (y,) = session.run({"x": x}).values()
        found.append(y if first else y.transpose(0, 3, 1, 2))
    assert len(found) == 4
    # Four convolutions halve the signal each time while the step of 0.03 stays: its last value
    # spans a few steps.
    assert all(sqnr_db(found[0], y) > 5 for y in found[1:])
    # The integer forms may differ by one step where a sum lies between two.
    assert all(np.abs(found[1] - y).max() <= 0.03 * 1.001 for y in found[2:])


def test_both_softmaxes_compute_the_same_but_for_a_step() -> None:
    x = np.random.default_rng(1).standard_normal((1, 2, 6, 6)).astype(np.float32)
    forms = softmax_forms(2, 6)
    answers = [next(iter(open_session(c).run({"x": x}).values())) for c in forms.values()]
    # Inputs in steps of 0.03 move a probability by 1.5 % at most, outputs by half a 1/256.
    np.testing.assert_allclose(answers[1], answers[0], atol=0.015 + 1 / 256)
