from __future__ import annotations

import numpy as np
import pytest

from benchmarks.onnx_choices import gate_forms, norm_sum_forms
from edgeattn_runtime.session import open_session

X = np.random.default_rng(1).standard_normal((1, 8, 16)).astype(np.float32)


def answers(files: dict[str, bytes]) -> dict[str, np.ndarray]:
    return {
        name: next(iter(open_session(content).run({"x": X}).values()))
        for name, content in files.items()
    }


def test_both_names_of_a_sum_compute_the_same() -> None:
    first, second = answers(norm_sum_forms(8, 16)).values()
    np.testing.assert_allclose(first, second, atol=1e-5)  # float32 sums in another order


@pytest.mark.parametrize("gate", ["Hardswish", "SiLU"])
def test_a_gate_of_integers_computes_the_same_but_for_steps(gate: str) -> None:
    found = answers(gate_forms(8, 16))
    real, integer = (y for name, y in found.items() if name.startswith(gate))
    # Four gates in a row, each with one rounding more: at most a step of 0.03 each.
    np.testing.assert_allclose(integer, real, atol=4 * 0.03 * 1.001)
    assert np.unique(real).size > 8
