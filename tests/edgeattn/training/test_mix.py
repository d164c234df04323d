from __future__ import annotations

import pytest
import torch
from torch import Generator

from edgeattn.training.mix import mix

X = torch.eye(6).view(6, 1, 1, 6).expand(6, 1, 6, 6).contiguous()  # sample i is 1 in column i
Y = torch.arange(6) % 3


def mixed(seed: int = 0, **alphas: float) -> tuple[torch.Tensor, torch.Tensor]:
    choice = {"mixup": 0.0, "cutmix": 0.0, **alphas}
    return mix(X, Y, classes=3, generator=Generator().manual_seed(seed), **choice)


@pytest.mark.parametrize("seed", range(5))
def test_mixup_blends_samples_and_targets_by_the_same_share(seed: int) -> None:
    x, targets = mixed(seed, mixup=1.0)
    torch.testing.assert_close(targets.sum(1), torch.ones(6))
    for sample in range(6):
        weight = x[sample, 0, 0]  # of every original: two of them, or one with itself
        assert int((weight > 0).sum()) in (1, 2)
        expected = torch.zeros(3).index_add_(0, Y, weight)
        torch.testing.assert_close(targets[sample], expected)


@pytest.mark.parametrize("seed", range(5))
def test_cutmix_pastes_a_rectangle_and_counts_its_area(seed: int) -> None:
    draw = torch.rand(6, 2, 10, 8, generator=Generator().manual_seed(9))
    x, targets = mix(
        draw,
        torch.arange(6),
        classes=6,
        mixup=0,
        cutmix=1.0,
        generator=Generator().manual_seed(seed),
    )
    for sample in range(6):
        own = (x[sample] == draw[sample]).all(0)
        assert float(own.float().mean()) == pytest.approx(float(targets[sample, sample]), abs=1e-6)
        other = int((targets[sample] - torch.eye(6)[sample]).argmax())
        assert torch.equal(x[sample][:, ~own], draw[other][:, ~own])


def test_the_seed_decides_and_the_input_stays() -> None:
    before = X.clone()
    first, second, other = (mixed(seed, mixup=0.5)[0] for seed in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    mixed(1, cutmix=1.0)
    assert torch.equal(X, before)


def test_with_both_a_coin_decides() -> None:
    blended = {bool((mixed(seed, mixup=1.0, cutmix=1.0)[0] % 1 > 0).any()) for seed in range(12)}
    assert blended == {True, False}
