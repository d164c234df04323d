from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from edgeattn.pruning.dependencies import find_dependencies
from edgeattn.pruning.scores import magnitude, score, taylor
from edgeattn.pruning.slim import silenced
from edgeattn_runtime.errors import BadData, BadUsage, BrokenModel


@pytest.fixture
def mlp():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 3)).eval()


@pytest.fixture
def groups(mlp):
    return find_dependencies(mlp, (torch.rand(1, 4),)).groups


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    return (torch.randn(8, 4, generator=generator),), torch.arange(8) % 3


def test_magnitude_is_what_writes_times_what_reads(mlp, groups):
    rows, columns = mlp[0].weight.norm(dim=1), mlp[2].weight.norm(dim=0)
    (found,) = magnitude(mlp, groups).values()
    torch.testing.assert_close(found, (rows * columns).double())


def test_magnitude_takes_the_factor_of_a_batch_norm_for_the_weights_before_it():
    model = nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.Linear(12, 3)).eval()
    model[1].weight.data = torch.arange(1.0, 13)
    (found,) = magnitude(model, find_dependencies(model, (torch.rand(1, 4),)).groups).values()
    expected = model[1].weight * model[2].weight.norm(dim=0)
    torch.testing.assert_close(found, expected.double())


def test_taylor_is_the_slope_of_the_loss_along_a_gate(mlp, groups, batch):
    (found,) = taylor(mlp, groups, [batch]).values()
    gate = torch.ones(12, requires_grad=True)
    (x,), y = batch
    loss = cross_entropy(mlp[2](mlp[1](mlp[0](x)) * gate), y)
    (slope,) = torch.autograd.grad(loss, gate)
    torch.testing.assert_close(found, slope.double().square(), rtol=1e-4, atol=1e-12)


def test_taylor_ranks_units_nearly_as_silencing_them_does(mlp, groups, batch):
    (x,), y = batch
    (found,) = taylor(mlp, groups, [batch]).values()
    with torch.no_grad():
        before = cross_entropy(mlp(x), y)
        without = [
            {groups[0].name: tuple(other for other in range(12) if other != unit)}
            for unit in range(12)
        ]
        losses = [cross_entropy(silenced(mlp, groups, kept)(x), y) for kept in without]
    change = torch.stack(losses) - before
    ranks = [values.argsort().argsort().double() for values in (found, change.abs())]
    assert float(torch.corrcoef(torch.stack(ranks))[0, 1]) > 0.7


def test_taylor_squares_each_batch_before_the_mean(mlp, groups, batch):
    (x,), y = batch
    halves = [((x[:4],), y[:4]), ((x[4:],), y[4:])]
    (both,) = taylor(mlp, groups, halves).values()
    one, other = (next(iter(taylor(mlp, groups, [half]).values())) for half in halves)
    torch.testing.assert_close(both, (one + other) / 2)


@pytest.mark.parametrize("method", ["magnitude", "taylor", "entropy"])
def test_every_group_has_a_mean_of_one(method, model, found, x):
    scores = score(method, model, found.groups, [((x,), torch.arange(6) % 2)])
    assert scores.keys() == {group.name for group in found.groups}
    for group in found.groups:
        assert scores[group.name].shape == (group.units,)
        assert float(scores[group.name].mean()) == pytest.approx(1)


def test_scoring_leaves_the_model_untouched(model, found, x):
    model.requires_grad_(False)
    before = model(x)
    for method in ("magnitude", "taylor", "entropy"):
        score(method, model, found.groups, [((x,), torch.arange(6) % 2)])
    assert torch.equal(model(x), before)
    assert not any(weight.requires_grad or weight.grad is not None for weight in model.parameters())


def test_a_score_that_is_no_number_is_refused(mlp, groups, batch):
    with torch.no_grad():
        mlp[2].weight[0, 3] = float("nan")
    with pytest.raises(BrokenModel, match="magnitude scores of 0 are not finite for 1 of 12"):
        score("magnitude", mlp, groups, [batch])
    with pytest.raises(BrokenModel, match="taylor scores of 0 are not finite for 12 of 12"):
        score("taylor", mlp, groups, [batch])


def test_taylor_without_labels_is_refused(mlp, groups, batch):
    with pytest.raises(BadData, match="no labels, and the taylor score asks for the loss"):
        score("taylor", mlp, groups, [(batch[0], None)])
    assert not any(weight.grad is not None for weight in mlp.parameters())


def test_another_score_is_refused(mlp, groups):
    with pytest.raises(BadUsage, match="no score 'luck'; choose magnitude, taylor, entropy"):
        score("luck", mlp, groups, [])
