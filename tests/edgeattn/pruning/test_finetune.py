from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from edgeattn.pruning.finetune import finetune
from edgeattn.pruning.statistics import with_new_statistics
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples

RECIPE = TrainingRecipe(batch=8, learning_rate=0.02, augmentation=None, average=0.5)


@pytest.fixture
def samples(x):
    y = torch.arange(24) % 2
    images = x.repeat(4, 1, 1, 1) * 0.5 + y[:, None, None, None] * 0.5
    return Samples((images,), y, "photos")


def tuned(model, samples, **changes):
    settings = {"epochs": 3, "classes": 2, "seed": 0, "teacher": None, **changes}
    return finetune(model, samples, RECIPE, **settings)


def loss(model, samples):
    with torch.no_grad():
        return float(nn.functional.cross_entropy(model(*samples.x), samples.y))


def test_fine_tuning_lowers_the_loss(model, samples):
    start = with_new_statistics(model, [samples.x])
    assert loss(tuned(start, samples, epochs=8), samples) < 0.5 * loss(start, samples)


def test_the_same_seed_gives_the_same_weights(model, samples):
    once, again, other = (tuned(model, samples, seed=seed) for seed in (0, 0, 1))
    assert all(map(torch.equal, once.state_dict().values(), again.state_dict().values()))
    assert not torch.equal(once(*samples.x), other(*samples.x))


def test_the_model_handed_in_stays_as_it_is(model, samples):
    before = model(*samples.x)
    tuned(model, samples)
    assert torch.equal(model(*samples.x), before)


def test_a_teacher_draws_the_student_towards_its_answers(model, samples):
    torch.manual_seed(1)
    teacher = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 2)).eval()
    recipe = replace(RECIPE, teacher_weight=1.0)

    def distance(student):
        with torch.no_grad():
            return float((student(*samples.x) - teacher(*samples.x)).abs().mean())

    taught = finetune(model, samples, recipe, epochs=3, classes=2, seed=0, teacher=teacher)
    alone = finetune(model, samples, recipe, epochs=3, classes=2, seed=0, teacher=None)
    assert distance(taught) < distance(alone)


def test_progress_ends_at_the_whole(model, samples):
    told = []
    tuned(model, samples, progress=told.append)
    assert told[-1] == 1
    assert told == sorted(told)
