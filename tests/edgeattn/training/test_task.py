from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from edgeattn.models.catalog import zoo_entry
from edgeattn.models.checkpoint import Checkpoint, save_checkpoint
from edgeattn.training.processes import ALONE, Processes
from edgeattn.training.rand_augment import RandAugment
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.splits import Splits
from edgeattn.training.task import Task, check_fit, make_objective, same_model
from edgeattn_runtime.errors import BadUsage

X, Y = torch.zeros(8, 5), torch.arange(8) % 2


@pytest.mark.parametrize(
    ("kind", "choice", "message"),
    [
        ("audio", {"augmentation": RandAugment()}, "changes photos, and these samples are audio"),
        ("text", {"mixup": 0.2}, "mixup adds samples, and numbers of words cannot be added"),
        ("motion", {"cutmix": 0.2}, "cutmix pastes photos into each other, not motion"),
    ],
)
def test_a_recipe_for_another_kind_is_refused(
    recipe: TrainingRecipe, kind: str, choice: dict[str, Any], message: str
) -> None:
    with pytest.raises(BadUsage, match=message):
        check_fit(replace(recipe, **choice), Samples((X,), Y, kind), ALONE)


def test_more_processes_than_a_batch_feeds_are_refused(recipe: TrainingRecipe) -> None:
    check_fit(recipe, Samples((X,), Y, "audio"), Processes(0, 8))
    with pytest.raises(BadUsage, match="9 processes cannot share a batch of 8; start fewer"):
        check_fit(recipe, Samples((X,), Y, "audio"), Processes(0, 9))


def test_class_weights_reach_the_loss(recipe: TrainingRecipe, splits: Splits) -> None:
    y = torch.tensor([0, 0, 0, 1])
    assert splits.train.y is not None
    rare = replace(splits, train=replace(splits.train, y=(splits.train.y + 1) // 2 * 0))
    rare.train.y[:6] = 1  # type: ignore[index]
    weighted = make_objective(
        replace(recipe, class_weights=True, label_smoothing=0), rare, Samples((X,), Y, "x"), None, 2
    )
    logits = torch.zeros(4, 2)
    loss, hits = weighted(torch.nn.Identity(), (logits,), y)
    counts = (42, 6)
    weights = [48 / (2 * count) for count in counts]
    expected = (3 * weights[0] + weights[1]) / 4 * torch.tensor(2.0).log()
    torch.testing.assert_close(loss, expected)
    assert int(hits) == 3


def test_a_checkpoint_of_another_model_cannot_be_begun_with(
    tiny: dict[str, Any], tmp_path: Path
) -> None:
    arguments = {"classes": 2, **tiny}
    module = zoo_entry("gesture-hybrid").build(**arguments)
    save_checkpoint(
        Checkpoint(module, "gesture-hybrid", arguments, (), None, None), tmp_path / "a.pt"
    )
    assert same_model(tmp_path / "a.pt", "gesture-hybrid").arguments == arguments
    with pytest.raises(
        BadUsage, match=r"a\.pt is a gesture-hybrid, not a keyword-transformer; begi"
    ):
        same_model(tmp_path / "a.pt", "keyword-transformer")


def test_the_last_normalize_step_is_how_motion_was_normalised(splits: Splits) -> None:
    steps = (
        {"step": "cast", "dtype": "float32"},
        {"step": "normalize", "mean": [1.0], "std": [2.0]},
    )
    entry = replace(zoo_entry("gesture-hybrid"), preprocessing=steps)
    task = object.__new__(Task)
    object.__setattr__(task, "entry", entry)
    assert task.normalisation == ([1.0], [2.0])
    object.__setattr__(task, "entry", zoo_entry("gesture-hybrid"))
    assert task.normalisation is None
