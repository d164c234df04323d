from __future__ import annotations

import pytest
import torch

from edgeattn.training.determinism import deterministic


def switches() -> tuple[int, bool, bool]:
    return (
        torch.get_num_threads(),
        torch.are_deterministic_algorithms_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,
    )


def test_switches_hold_inside_and_are_put_back() -> None:
    before = switches()
    with deterministic(threads=before[0] + 1):
        assert switches() == (before[0] + 1, True, False)
    assert switches() == before


def test_switches_are_put_back_after_an_error() -> None:
    before = switches()
    with pytest.raises(KeyError), deterministic(threads=before[0] + 1):
        raise KeyError
    assert switches() == before
