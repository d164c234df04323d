"""For all tests: one thread for PyTorch, no telemetry of engines, a run history of their own."""

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


@pytest.fixture(autouse=True, scope="session")
def _own_history(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test measures is nothing that the user ran."""
    os.environ["EDGEATTN_RUNS"] = str(tmp_path_factory.mktemp("history") / "runs.sqlite")
