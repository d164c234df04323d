"""For all tests: one thread for PyTorch, and no telemetry of engines."""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Operators of some microseconds gain nothing from a second thread and wait for it."""
    torch.set_num_threads(1)
