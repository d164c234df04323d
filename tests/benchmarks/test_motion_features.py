"""Hand-made numbers on windows whose answers one knows."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from benchmarks.motion_features import extra_trees, features, invariants
from edgeattn_runtime.errors import BadEnvironment


def test_a_step_of_two_hertz_stands_in_its_line_of_the_spectrum() -> None:
    x = np.zeros((1, 6, 200))
    x[:, 0] = 9.81 + np.sin(2 * np.pi * 2.0 * np.arange(200) / 100)
    found = features(x)
    assert found.shape == (1, 312)
    spectrum = found[0, -12 * 11 :].reshape(12, 11)
    assert spectrum[0].argmax() == 3  # 0.5, 1.0, 1.5, 2.0 Hz
    assert np.isfinite(found).all()


def test_half_of_the_numbers_stay_when_the_device_is_turned() -> None:
    x = np.random.default_rng(0).normal(1, 1, (4, 6, 200))
    turn = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    other = np.concatenate([turn @ x[:, :3], turn @ x[:, 3:]], axis=1)
    # float64
    np.testing.assert_allclose(invariants(other), invariants(x), rtol=0, atol=1e-12)


def test_without_scikit_learn_it_says_what_to_install(monkeypatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(BadEnvironment, match=r"edgeattn\[baselines\]"):
        extra_trees()
