from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.state import FILE, TrainingState, new_state, restore_state, save_state
from edgeattn_runtime.errors import BadUsage, BrokenModel

SETTINGS: dict[str, Any] = {"model": "tiny", "seed": 0, "epochs": 5}


def state(recipe: TrainingRecipe, seed: int = 0) -> TrainingState:
    torch.manual_seed(seed)
    return new_state(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), recipe)


def test_a_state_comes_back_with_its_moments(recipe: TrainingRecipe, tmp_path: Path) -> None:
    saved = state(recipe)
    saved.model(torch.randn(8, 3)).square().sum().backward()
    saved.optimizer.step()
    saved.epoch, saved.lines = 2, [{"epoch": 1}, {"epoch": 2}]
    save_state(saved, SETTINGS, tmp_path)
    restored = state(recipe, seed=1)
    restore_state(restored, SETTINGS, tmp_path)
    assert (restored.epoch, restored.lines) == (2, saved.lines)
    for part in ("model", "average"):
        mine, theirs = (getattr(one, part).state_dict() for one in (restored, saved))
        assert all(torch.equal(mine[key], theirs[key]) for key in theirs)
    moments = [one.optimizer.state_dict()["state"][0]["exp_avg"] for one in (saved, restored)]
    assert torch.equal(*moments)


def test_weight_decay_is_for_matrices_alone(recipe: TrainingRecipe) -> None:
    groups = state(replace(recipe, weight_decay=0.3)).optimizer.param_groups
    assert [(group["weight_decay"], len(group["params"])) for group in groups] == [(0.3, 1), (0, 3)]


def test_the_average_is_a_copy(recipe: TrainingRecipe) -> None:
    made = state(recipe)
    mine, theirs = made.average.get_parameter("0.weight"), made.model.get_parameter("0.weight")
    assert torch.equal(mine, theirs)
    assert mine.data_ptr() != theirs.data_ptr()


def test_nothing_to_resume_is_said(recipe: TrainingRecipe, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="holds no training to resume; leave out --resume"):
        restore_state(state(recipe), SETTINGS, tmp_path)


def test_another_setting_is_named_with_both_values(recipe: TrainingRecipe, tmp_path: Path) -> None:
    save_state(state(recipe), SETTINGS, tmp_path)
    with pytest.raises(BadUsage, match="holds a training with epochs 5, not 9; resume with the"):
        restore_state(state(recipe), {**SETTINGS, "epochs": 9}, tmp_path)


def test_a_truncated_state_is_refused(recipe: TrainingRecipe, tmp_path: Path) -> None:
    save_state(state(recipe), SETTINGS, tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BrokenModel, match="is cut short or damaged"):
        restore_state(state(recipe), SETTINGS, tmp_path)


def test_another_file_in_its_place_is_refused(recipe: TrainingRecipe, tmp_path: Path) -> None:
    torch.save({"weights": torch.zeros(1)}, tmp_path / FILE)
    with pytest.raises(BrokenModel, match="is no training state"):
        restore_state(state(recipe), SETTINGS, tmp_path)
