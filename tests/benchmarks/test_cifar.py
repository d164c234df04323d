"""The page about small photos, from figures that were made up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import cifar
from benchmarks.cifar import CNN, HYBRID, Trained, guesses, is_finished, page, trained
from benchmarks.zoo_measure import Subject
from benchmarks.zoo_row import EngineRow, ModelRow
from edgeattn.data.data import Data
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.training.metrics import write_metrics
from edgeattn.training.splits import Splits

SMALL = {"classes": 3, "widths": (4, 4, 8), "heads": 2}
ENGINE = EngineRow(
    engine="onnxruntime", exit_code=0, reason="", recommended="int8", accuracy=0.81,
    drop_pp=0.1, drop_interval_pp=(-0.1, 0.3), top1_agreement=0.99, speedup=2.0,
    held_back_drop_pp=0.1, held_back_interval_pp=(-0.1, 0.3),
)  # fmt: skip


def answers(share: float) -> Trained:
    right = np.arange(1000) < 1000 * share
    return Trained(HYBRID, 2, 900.0, (0.7, 0.8), right)


def row(name: str, *engines: EngineRow) -> ModelRow:
    return ModelRow(
        name=name, dataset="", baseline_for=None, params=1, macs=1, checkpoint_bytes=1,
        checkpoint_sha256="", shipped=False, right=1, test_samples=1, fingerprint="", created="",
        cpu="", cpu_class="", disturbed=(), engines=engines,
    )  # fmt: skip


def test_the_page_says_which_bars_are_reached() -> None:
    poor = replace(ENGINE, top1_agreement=0.98, held_back_interval_pp=(0.2, 1.2))
    made = page(
        [answers(0.82), replace(answers(0.80), name=CNN)], [row(HYBRID, ENGINE), row(CNN, poor)]
    )
    assert {bar.what: bar.reached for bar in made.bars} == {
        "cifar-hybrid: test accuracy": True,
        "cifar-hybrid: parameters": True,
        "the CNN's multiply-accumulates": True,
        "the hybrid above the CNN": True,
        "cifar-hybrid, onnxruntime: top-1 agreement": True,
        "cifar-hybrid, onnxruntime: upper end of the drop's interval": True,
        "cifar-cnn, onnxruntime: top-1 agreement": False,
        "cifar-cnn, onnxruntime: upper end of the drop's interval": False,
    }
    assert "| 82.00% | 79.50% to 84.26% |" in made.tables[0].markdown()
    assert "| 2 | 80.00% | 80.00% |" in made.tables[1].markdown()
    assert "2.00 (1.30 to 3.07) points ahead" in made.tables[0].note


def test_a_hybrid_behind_its_cnn_misses_the_bar() -> None:
    made = page([answers(0.79), replace(answers(0.80), name=CNN)], [])
    assert [bar.reached for bar in made.bars] == [False, True, True, False]
    assert "-1.00" in made.bars[3].found


def test_an_engine_that_refused_is_a_row_of_dashes_with_its_reason() -> None:
    refused = EngineRow(engine="ai-edge-litert", exit_code=1, reason="no such operator")
    made = page([answers(0.9), replace(answers(0.8), name=CNN)], [row(HYBRID, refused)])
    line = "| `cifar-hybrid` | ai-edge-litert | - | - | - | - | - | no such operator |"
    assert line in made.tables[2].markdown()
    assert not any(bar.reached for bar in made.bars[4:])


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
