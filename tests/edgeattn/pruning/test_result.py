from __future__ import annotations

import json
from pathlib import Path

import torch

from edgeattn.pruning.result import Pruned, accuracies
from edgeattn.training.samples import Samples
from edgeattn_runtime.latency import RatioInterval


def result(**changes):
    facts = {
        "checkpoint": Path("small.pt"), "macs": (2_000_000, 1_000_000), "parameters": (200, 50),
        "heads": {"attention": (4, 3)}, "channels": {"mlp": (64, 64)}, "tokens": {"attention": 0.5},
        "kept": {"stem": "a reason"}, "split": "test", "samples": 100, "accuracy": (0.98, 0.97),
        "latency_ratio": RatioInterval(0.55, 0.5, 0.6), "target_latency_ratio": 0.6,
    }  # fmt: skip
    return Pruned(**{**facts, **changes})


def test_the_text_says_what_changed_and_what_could_not():
    assert result().text().splitlines() == [
        "small.pt: 50.0% of the multiply-accumulates (2.00 M -> 1.00 M), 25.0% of the parameters "
        "(200 -> 50)",
        "  attention: 4 -> 3",
        "  attention: passes on 50% of its tokens",
        "  stem stays: a reason",
        "  accuracy 98.00% -> 97.00% of 100 test samples",
        "  int8 latency 0.55 of the model before (0.50 to 0.60), asked for 0.6",
    ]


def test_what_was_not_measured_is_not_mentioned():
    text = result(accuracy=None, latency_ratio=None, target_latency_ratio=None).text()
    assert "accuracy" not in text
    assert "latency" not in text


def test_the_facts_are_plain_json():
    facts = json.loads(json.dumps(result().to_json()))
    assert facts["macs"] == [2_000_000, 1_000_000]
    assert facts["latency_ratio"] == {"ratio": 0.55, "low": 0.5, "high": 0.6}
    assert facts["passed"] is True


def test_only_a_latency_above_its_goal_does_not_pass():
    assert result().passed
    assert result(latency_ratio=None, target_latency_ratio=None).passed
    assert not result(target_latency_ratio=0.5).passed


def test_accuracy_is_the_share_that_is_right():
    before, after = torch.nn.Identity(), torch.nn.Softmin(1)
    logits = torch.tensor([[2.0, 1.0], [0.0, 1.0], [1.0, 0.0], [3.0, 0.0]])
    samples = Samples((logits,), torch.tensor([0, 1, 1, 0]), "motion")
    assert accuracies(before, after, samples) == (0.75, 0.25)
    assert accuracies(before, after, None) is None
