import numpy as np
import pytest

from edgeattn.embed.cpp import cpp_step, facts, float_literal
from edgeattn_runtime.preprocessing import Step


@pytest.mark.parametrize("number", [1 / 255, 0.1, 1.0, 3e-39, 1e38, -2.5, 0.0])
def test_a_literal_reads_back_as_the_same_float(number):
    assert np.float32(float_literal(number).removesuffix("F")) == np.float32(number)


@pytest.mark.parametrize(
    ("step", "call"),
    [
        (Step("cast", {"dtype": "float32"}), "std::move(x)"),
        (Step("transpose", {"axes": [0, 3, 1, 2]}), "edgeattn::transpose(x, {0, 3, 1, 2})"),
        (
            Step("normalize", {"mean": [0.5, 1], "std": [2, 4]}),
            "edgeattn::normalize(std::move(x), {5.e-01F, 1.e+00F}, {2.e+00F, 4.e+00F}, 3)",
        ),
    ],
)
def test_a_step_becomes_a_call(step, call):
    assert cpp_step(step, 4) == call


def test_reading_pixels_is_their_cast_already(make_kit):
    steps = (
        Step("resize", {"size": [8, 8]}),
        Step("cast", {"dtype": "float32"}),
        Step("scale", {"factor": 0.5}),
    )
    assert facts(make_kit(preprocessing=steps))["steps"] == [
        "edgeattn::scale(std::move(x), 5.e-01F)"
    ]
