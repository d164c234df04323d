"""The page about small photos, from figures that were made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.cifar import CNN, HYBRID
from benchmarks.cifar_page import Trained, page
from benchmarks.zoo_row import EngineRow, ModelRow

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
