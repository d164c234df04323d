from __future__ import annotations

import torch
from torch import nn

from edgeattn.pruning.statistics import with_new_statistics


def test_the_statistics_are_the_mean_over_the_batches():
    model = nn.Sequential(nn.BatchNorm1d(2)).eval()
    batches = [torch.rand(8, 2) + shift for shift in (0, 4)]
    norm = with_new_statistics(model, [(batch,) for batch in batches])[0]
    mean = torch.stack([batch.mean(0) for batch in batches]).mean(0)
    variance = torch.stack([batch.var(0) for batch in batches]).mean(0)
    torch.testing.assert_close(norm.running_mean, mean)
    torch.testing.assert_close(norm.running_var, variance)


def test_the_copy_is_in_eval_mode_and_trains_on_as_before(model, x):
    small = with_new_statistics(model, [(x,)])
    assert not any(part.training for part in small.modules())
    momenta = {part.momentum for part in small.modules() if isinstance(part, nn.BatchNorm2d)}
    assert momenta == {0.1}


def test_the_original_keeps_its_statistics(model, x):
    before = model(x)
    assert not torch.equal(with_new_statistics(model, [(x,)])(x), before)
    assert torch.equal(model(x), before)


def test_a_single_sample_says_nothing_of_a_variance(model, x):
    assert torch.equal(with_new_statistics(model, [(x[:1],)])(x), model(x))


def test_a_model_without_batch_norms_is_as_it_was():
    model = nn.Linear(2, 2).eval()
    x = torch.rand(4, 2)
    assert torch.equal(with_new_statistics(model, [(x,)])(x), model(x))
