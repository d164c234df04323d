from __future__ import annotations

import torch
from torch import nn

from benchmarks import channel_scaling
from benchmarks.channel_scaling import rows, skewed


def test_a_model_has_a_line_and_each_pass_that_changes_it(monkeypatch) -> None:
    monkeypatch.setattr(channel_scaling, "CALIBRATION", 4)
    monkeypatch.setattr(channel_scaling, "EVALUATION", 2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(128, 4)
        layers[0].weight.data *= torch.logspace(-1, 1, 8)[:, None, None, None]
        layers[2].weight.data /= torch.logspace(-1, 1, 8)[None, :, None, None]

    def draw(count: int, seed: int) -> tuple[torch.Tensor, ...]:
        return (torch.rand(count, 3, 8, 8, generator=torch.Generator().manual_seed(seed)),)

    model, equalised = rows("tiny", nn.Sequential(*layers).eval(), draw)
    assert model.startswith("| tiny | none | ")
    assert model.count(" dB") == len(channel_scaling.VARIANTS)
    assert equalised.startswith("| | equalise | +")  # a spread of a hundred to one costs decibels


def test_a_skewed_model_has_channels_of_very_different_scale() -> None:
    scales = [
        part.weight.detach() for part in skewed(0.5).modules() if isinstance(part, nn.BatchNorm2d)
    ]
    widest = max(float(scale.abs().max() / scale.abs().min()) for scale in scales)
    assert widest > 20
