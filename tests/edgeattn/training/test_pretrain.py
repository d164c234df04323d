from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.loop import train
from edgeattn.training.metrics import read_metrics
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.splits import Splits
from edgeattn_runtime.errors import BadUsage


class Killed(BaseException):
    """Stands for a process that ends in the middle of an epoch."""


@pytest.fixture
def recipe(recipe: TrainingRecipe) -> TrainingRecipe:
    return replace(recipe, epochs=2, pretrain_epochs=3, warm_up_epochs=0)


def weights(path: Path) -> dict[str, torch.Tensor]:
    return dict(load_checkpoint(path).module.state_dict())


def test_each_kind_is_pre_trained_and_then_trained(
    toy: tuple[str, Splits], recipe: TrainingRecipe, tmp_path: Path
) -> None:
    name, splits = toy
    told: list[tuple[str, float]] = []
    result = train(
        name, splits, out=tmp_path / "with", recipe=recipe,
        progress=lambda title, share: told.append((title, share)),
    )  # fmt: skip
    lines = read_metrics(tmp_path / "with" / "pretraining.jsonl")
    assert [line["pretrain_epoch"] for line in lines] == [1, 2, 3]
    assert lines[-1]["loss"] < lines[0]["loss"]
    assert told[0] == ("pre-training epoch 1 of 3", pytest.approx(1 / 20))  # 3 + 2 epochs of 4
    assert told[-1][0].startswith("epoch 2 of 2")
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    plain = train(name, splits, out=tmp_path / "plain", recipe=replace(recipe, pretrain_epochs=0))
    one, other = weights(result.checkpoint), weights(plain.checkpoint)
    assert list(one) == list(other)
    assert not all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("kind", ["motion"])
@pytest.mark.parametrize("step", [6, 14])
def test_a_killed_pre_training_resumes_bit_for_bit(
    toy: tuple[str, Splits], recipe: TrainingRecipe, tmp_path: Path, kind: str, step: int
) -> None:
    """Step 6 is in the second of three epochs of 4 steps, step 14 in the first labelled one."""
    name, splits = toy
    whole = train(name, splits, out=tmp_path / "whole", recipe=recipe)
    seen = 0

    def kill(title: str, share: float) -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            raise Killed

    broken = tmp_path / "broken"
    with pytest.raises(Killed):
        train(name, splits, out=broken, recipe=recipe, progress=kill)
    with pytest.raises(BadUsage, match="holds a training already"):
        train(name, splits, out=broken, recipe=recipe)
    torch.manual_seed(99)
    resumed = train(name, splits, out=broken, recipe=recipe, resume=True)
    one, other = weights(whole.checkpoint), weights(resumed.checkpoint)
    assert all(torch.equal(one[key], other[key]) for key in one)
