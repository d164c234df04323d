from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch

from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.pruning import prune as module_of_prune
from edgeattn.pruning.choices import Choices
from edgeattn.pruning.prune import prune
from edgeattn.sources import load_model
from edgeattn_runtime.errors import BadUsage, BrokenModel, GateFailed
from edgeattn_runtime.latency import RatioInterval

OWN = """
import torch
def build():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12288, 32), torch.nn.ReLU(),
                                torch.nn.Linear(32, 2))
    return model.eval(), (torch.rand(1, 3, 64, 64),)
def normed():
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12288, 8),
                                torch.nn.LayerNorm(8), torch.nn.Linear(8, 2))
    return model.eval(), (torch.rand(1, 3, 64, 64),)
"""


@pytest.fixture
def pruned(checkpoint, photos, tmp_path):
    """Prune the tiny checkpoint and return the result and the new file."""

    def run(name="small.pt", **choices):
        out = tmp_path / name
        return prune(str(checkpoint), str(photos), out=out, choices=Choices(**choices)), out

    return run


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("score", ["magnitude", "taylor", "entropy"])
def test_half_the_heads_and_channels_leave_a_file_that_loads(pruned, score):
    result, out = pruned(heads=0.5, channels=0.5, score=score)
    model = load_checkpoint(out).module
    assert sum(now for _, now in result.heads.values()) == 4  # of 8
    assert model.blocks[0].attention.heads == result.heads["blocks.0.attention"][1]
    assert all(now % 8 == 0 for _, now in result.channels.values())
    assert result.macs[1] < 0.6 * result.macs[0]
    assert result.parameters[1] == sum(weight.numel() for weight in model.parameters())
    assert result.accuracy is not None


def test_the_original_is_never_changed(pruned, checkpoint):
    before = digest(checkpoint)
    pruned(heads=0.5, channels=0.5, tokens=0.5)
    assert digest(checkpoint) == before


def test_the_same_call_gives_the_same_weights(pruned):
    files = [pruned(f"{run}.pt", heads=0.5, finetune_epochs=1)[1] for run in "ab"]
    one, other = (load_checkpoint(file).module.state_dict() for file in files)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_goal_of_multiply_accumulates_is_reached_and_barely(pruned):
    result, _ = pruned(target_macs=0.6, score="magnitude")
    assert 0.45 < result.macs[1] / result.macs[0] <= 0.6


def test_rounds_come_down_step_by_step_to_the_same_goal(pruned):
    result, out = pruned(target_macs=0.5, rounds=2, finetune_epochs=2, score="magnitude")
    assert result.macs[1] / result.macs[0] <= 0.5
    load_checkpoint(out)


def test_rounds_add_up_to_the_rates(pruned):
    result, _ = pruned(heads=0.5, rounds=2, finetune_epochs=2)
    assert sum(now for _, now in result.heads.values()) == 4
    assert all(before == now for before, now in result.channels.values())


def test_fewer_tokens_come_back_from_the_file(pruned):
    result, out = pruned(tokens=0.5)
    assert result.tokens == dict.fromkeys(
        ("blocks.0.attention", "blocks.1.attention"), pytest.approx(0.5**0.5)
    )
    assert load_checkpoint(out).arguments["pruned"]["tokens"] == result.tokens


def test_a_goal_out_of_reach_names_the_nearest(pruned):
    with pytest.raises(BadUsage, match=r"goal of 1\.0% .* is out of reach: .* \d\d\.\d% are left"):
        pruned(target_macs=0.01, score="magnitude")


def test_a_latency_is_reached_with_as_little_as_needed(pruned, monkeypatch):
    clock = FakeStopwatch()
    monkeypatch.setattr(module_of_prune, "Stopwatch", clock)
    result, _ = pruned(target_latency_ratio=0.6, score="magnitude")
    assert 0.4 < result.latency_ratio.ratio <= 0.6
    assert result.passed
    assert clock.asked == 1 + module_of_prune.LATENCY_STEPS + 1  # at most, halvings, at the end


def test_a_latency_out_of_reach_fails_its_gate_and_writes_nothing(pruned, monkeypatch, tmp_path):
    monkeypatch.setattr(module_of_prune, "Stopwatch", FakeStopwatch(floor=0.7))
    with pytest.raises(GateFailed, match=r"ratio 0\.6 is out of reach: .* takes 0\.\d\d of"):
        pruned(target_latency_ratio=0.6, score="magnitude")
    assert not (tmp_path / "small.pt").exists()


def test_a_last_measurement_above_the_goal_does_not_pass(pruned, monkeypatch):
    monkeypatch.setattr(module_of_prune, "Stopwatch", FakeStopwatch(last=0.65))
    result, _ = pruned(target_latency_ratio=0.6, score="magnitude")
    assert not result.passed
    assert "int8 latency 0.65 of the model before" in result.text()


def test_every_head_of_a_layer_is_refused(pruned):
    with pytest.raises(BadUsage, match=r"--heads 0.9 of 8 would empty a layer; at most 0.75"):
        pruned(heads=0.9)


def test_an_existing_file_is_refused_without_force(checkpoint, photos):
    with pytest.raises(BadUsage, match="exists; give another --out, or --force"):
        prune(str(checkpoint), str(photos), out=checkpoint, choices=Choices(heads=0.5))


def test_a_module_of_ones_own_is_pruned_into_its_graph(photos, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    out = tmp_path / "own.pt2"
    result = prune(f"{tmp_path}/own.py:build", str(photos), out=out, choices=Choices(channels=0.5))
    assert result.channels == {"1": (32, 16)}
    x = torch.from_numpy(np.load(photos)["x"][:1].astype(np.float32))
    assert load_model(str(out)).module(x).shape == (1, 2)


def test_a_model_in_which_nothing_can_go_is_refused(photos, tmp_path):
    (tmp_path / "own.py").write_text(OWN)
    with pytest.raises(BrokenModel, match=r"nothing in own can be pruned \(1: 2, a LayerNorm"):
        prune(
            f"{tmp_path}/own.py:normed",
            str(photos),
            out=tmp_path / "own.pt2",
            choices=Choices(channels=0.5),
        )


class FakeStopwatch:
    """A machine on which latency follows the parameters, down to a floor."""

    def __init__(self, floor: float = 0.0, last: float | None = None) -> None:
        self.floor, self.last, self.asked, self.before = floor, last, 0, 1

    def __call__(self, model, example, x, format):
        self.before = size(model)
        return self

    def ratio(self, model):
        self.asked += 1
        found = max(self.floor, size(model) / self.before)
        if self.last is not None and self.asked == 2 + module_of_prune.LATENCY_STEPS:
            found = self.last
        return RatioInterval(found, found, found)


def size(model) -> int:
    return sum(weight.numel() for weight in model.parameters())
