from __future__ import annotations

import numpy as np

from benchmarks.integer_ports import Level, answers, bind, levels
from benchmarks.onnx_operators import softmax_forms as onnx_softmax
from benchmarks.tflite_operators import FLOAT, INTEGER, softmax_forms
from edgeattn_runtime.session import open_session

X = np.random.default_rng(0).standard_normal((3, 1, 4, 4)).astype(np.float32)


def test_integer_ports_are_found_in_the_file() -> None:
    first, last = levels(softmax_forms(1, 4)[INTEGER])
    assert first is not None
    assert last is not None
    assert (round(first.scale, 6), first.zero_point) == (0.03, 0)
    assert last == Level(1 / 256, -128)


def test_float_ports_need_nothing() -> None:
    assert levels(softmax_forms(1, 4)[FLOAT]) == (None, None)
    assert levels(onnx_softmax(1, 4)["QLinearSoftmax"]) == (None, None)


def test_an_integer_file_answers_in_real_numbers() -> None:
    forms = softmax_forms(1, 4)
    found = {name: answers(open_session(forms[name]), forms[name], X) for name in (FLOAT, INTEGER)}
    # Inputs in steps of 0.03 move a probability by 1.5 % at most, outputs by half a 1/256.
    np.testing.assert_allclose(found[INTEGER], found[FLOAT], atol=0.015 + 1 / 256)


def test_a_sample_is_bound_as_integers() -> None:
    content = softmax_forms(1, 4)[INTEGER]
    session = open_session(content)
    bind(session, content, X[:1])
    session.invoke()
    (bound,) = session.fetch().values()
    _, last = levels(content)
    assert last is not None
    np.testing.assert_array_equal(last.reals(bound), answers(session, content, X[:1]))


def test_levels_saturate() -> None:
    assert Level(0.5, 3).integers(np.array([1e9, -1e9, 1.0])).tolist() == [127, -128, 5]
