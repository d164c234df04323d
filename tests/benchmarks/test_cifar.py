"""Trainings that are there already, and what is measured once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import cifar
from benchmarks.cifar import HYBRID, guesses, is_finished, trained
from benchmarks.zoo_measure import Subject
from benchmarks.zoo_row import ModelRow
from edgeattn.data.data import Data
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.training.metrics import write_metrics
from edgeattn.training.splits import Splits
from tests.benchmarks.test_cifar_page import ENGINE, row

SMALL = {"classes": 3, "widths": (4, 4, 8), "heads": 2}


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A folder as a training leaves it."""
    torch.manual_seed(0)
    module = ZOO[HYBRID].build(**SMALL).eval()
    save_checkpoint(
        Checkpoint(module, HYBRID, SMALL, (), None, "cifar10_jpeg"), tmp_path / f"{HYBRID}.pt"
    )
    result = {"result": f"{HYBRID}.pt", "epochs": 2}
    lines = [{"cpu_seconds": 3.0 + i, "validation_accuracy": 0.4 + i / 10} for i in range(2)]
    write_metrics([*lines, result], tmp_path / "metrics.jsonl")
    return tmp_path


def test_a_finished_training_is_read_and_not_repeated(finished: Path) -> None:
    photos = np.random.default_rng(0).random((7, 3, 32, 32), np.float32)
    seen = guesses(finished / f"{HYBRID}.pt", photos)
    data = Data({"x": photos}, np.where(np.arange(7) < 5, seen, 2 - seen), None, "noise")
    before = (finished / f"{HYBRID}.pt").stat().st_mtime_ns
    found = trained(HYBRID, Splits("noise", data, data, data), finished)
    assert (found.epochs, found.cpu_seconds, found.validation) == (2, 7.0, (0.4, 0.5))
    assert found.right.tolist()[:5] == [True] * 5
    assert (finished / f"{HYBRID}.pt").stat().st_mtime_ns == before


def test_a_training_is_finished_when_its_result_is_written(finished: Path) -> None:
    assert is_finished(finished)
    write_metrics([{"epoch": 1}], finished / "metrics.jsonl")
    assert not is_finished(finished)
    assert not is_finished(finished / "missing")


def test_a_conversion_is_measured_once_for_the_same_weights(
    finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def measure(subject: Subject, folder: Path, *, quick: bool) -> ModelRow:
        measured.append(subject.name)
        return replace(row(HYBRID, ENGINE), checkpoint_sha256=subject.sha256)

    monkeypatch.setattr(cifar, "measure", measure)
    for _ in range(2):
        cifar.converted(HYBRID, finished, quick=True)  # a trial is no measurement to keep
    first = cifar.converted(HYBRID, finished, quick=False)
    assert measured == [HYBRID] * 3
    assert cifar.converted(HYBRID, finished, quick=False) == first
    assert measured == [HYBRID] * 3
    module = ZOO[HYBRID].build(**SMALL)
    other = Checkpoint(module, HYBRID, SMALL, (), None, "cifar10_jpeg")
    save_checkpoint(other, finished / f"{HYBRID}.pt")
    cifar.converted(HYBRID, finished, quick=False)
    assert measured == [HYBRID] * 4
