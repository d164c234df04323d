"""The page about pruning, from figures that were made up."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.pruning import GOAL, halved, page
from edgeattn.models.hybrid import Hybrid
from edgeattn.pruning.choices import Choices
from edgeattn.pruning.cost import count_macs
from edgeattn.pruning.dependencies import find_dependencies
from edgeattn.pruning.result import Pruned
from edgeattn.pruning.scores import magnitude
from edgeattn_runtime.latency import RatioInterval

FACTS = Pruned(
    checkpoint=Path("half.pt"), macs=(40_000_000, 20_000_000), parameters=(400, 200),
    heads={"attention": (4, 2)}, channels={"mlp": (64, 32)}, tokens={}, kept={}, split="test",
    samples=200, accuracy=(0.985, 0.975), latency_ratio=None, target_latency_ratio=None,
)  # fmt: skip


def test_the_page_says_which_bars_are_reached() -> None:
    ratios = {"onnx": RatioInterval(0.55, 0.5, 0.58), "tflite": RatioInterval(0.7, 0.6, 0.8)}
    made = page([("taylor, as it is", 0.49, 0.1, 0.4)], FACTS, ratios, epochs=3)
    assert {bar.what: bar.reached for bar in made.bars} == {
        "accuracy drop": False, "int8 latency, onnx": True, "int8 latency, tflite": False
    }  # fmt: skip
    assert "| `mlp` | 64 | 32 |" in made.tables[0].markdown()
    assert "| taylor, as it is | 49.0% | 10.0% | 40.0% |" in made.tables[1].markdown()


def test_half_is_the_largest_model_that_costs_no_more() -> None:
    torch.manual_seed(0)
    model = Hybrid(widths=(8, 16, 32), depth=1).eval()
    example = (torch.rand(1, 3, 32, 32),)
    found = find_dependencies(model, example)
    scores = magnitude(model, found.groups)
    small = halved(model, found, scores, example, Choices(target_macs=GOAL))
    assert 0.35 < count_macs(small, example) / count_macs(model, example) <= 0.5
