from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from edgeattn.models.bag import Bag
from edgeattn.models.catalog import ZOO
from edgeattn.training.augment import Augmentation
from edgeattn.training.dropout import add_dropout
from edgeattn.training.epoch import run_epoch
from edgeattn.training.failure import LossNotFinite
from edgeattn.training.objective import Inputs
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.splits import Splits
from edgeattn.training.state import TrainingState, new_state


@pytest.fixture
def samples(splits: Splits) -> Samples:
    assert splits.train.y is not None
    x, y = torch.from_numpy(splits.train.x["x"]), torch.from_numpy(splits.train.y)
    return Samples((x,), y, "photos")


def fresh(recipe: TrainingRecipe, tiny: dict[str, Any]) -> TrainingState:
    torch.manual_seed(0)
    return new_state(ZOO["gesture-hybrid"].build(classes=2, **tiny), recipe)


def weights(state: TrainingState) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in state.model.parameters()])


def test_an_epoch_is_decided_by_its_seed(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    recipe = replace(recipe, augmentation=Augmentation())
    after = []
    for seed in (5, 5, 6):
        state = fresh(recipe, tiny)
        torch.manual_seed(seed + 100)  # the global generator must play no part
        run_epoch(state, samples, recipe, seed=seed, classes=2)
        after.append(weights(state))
    assert torch.equal(after[0], after[1])
    assert not torch.equal(after[0], after[2])


def test_two_epochs_meet_the_samples_in_another_order(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    recipe = replace(recipe, learning_rate=1e-12)  # so that only the order can differ
    state = fresh(recipe, tiny)
    first, _ = run_epoch(state, samples, recipe, seed=0, classes=2)
    state.epoch = 1
    second, _ = run_epoch(state, samples, recipe, seed=0, classes=2)
    assert first != second


def test_the_step_is_told_with_the_share_of_the_whole_training(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    shares: list[float] = []
    state = fresh(recipe, tiny)
    state.epoch = 1
    run_epoch(state, samples, recipe, seed=0, classes=2, after_step=shares.append)
    assert shares == [(6 + step) / 24 for step in range(1, 7)]  # 48 samples, batches of 8


def test_fewer_samples_than_a_batch_are_one_batch(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    state = fresh(recipe, tiny)
    shares: list[float] = []
    few = samples.rows(slice(0, 5))
    run_epoch(state, few, recipe, seed=0, classes=2, after_step=shares.append)
    assert len(shares) == 1


def test_a_loss_that_is_not_finite_names_the_batch_and_leaves_the_weights(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    state = fresh(recipe, tiny)
    broken = Samples((torch.full_like(samples.x[0], torch.nan),), samples.y, "photos")
    before = weights(state)
    with pytest.raises(
        LossNotFinite,
        match=r"loss is nan in epoch 1, batch 1 of 6 \(samples (\d+, ){7}\d+\) at learning rate",
    ) as caught:
        run_epoch(state, broken, recipe, seed=0, classes=2)
    assert "or lower the rate; the last whole epoch is kept" in str(caught.value)
    assert torch.equal(weights(state), before)


def test_a_gradient_that_is_not_finite_leaves_the_weights(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    """Cut to its largest norm, an infinite gradient would turn every weight into NaN."""
    state = fresh(recipe, tiny)
    before = weights(state)

    def objective(model: nn.Module, inputs: Inputs, truth: Tensor) -> tuple[Tensor, Tensor]:
        logits = model(*inputs)
        return (logits * 0).abs().sqrt().sum(), torch.tensor(0)  # 0, with the slope 1 / 0

    with pytest.raises(LossNotFinite, match=r"the gradient's norm is nan in epoch 1, batch 1"):
        run_epoch(state, samples, recipe, seed=0, classes=2, objective=objective)
    assert torch.equal(weights(state), before)


@pytest.mark.parametrize("choice", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.4, "cutmix": 1.0}])
def test_mixed_batches_are_trained_and_decided_by_the_seed(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any], choice: dict[str, float]
) -> None:
    after = []
    for change in (choice, choice, {}):
        state = fresh(recipe, tiny)
        run_epoch(state, samples, replace(recipe, **change), seed=1, classes=2)  # type: ignore[arg-type]
        after.append(weights(state))
    assert torch.equal(after[0], after[1])
    assert not torch.equal(after[0], after[2])


def test_dropout_is_decided_by_the_seed_and_not_by_what_was_drawn_before(
    samples: Samples, recipe: TrainingRecipe, tiny: dict[str, Any]
) -> None:
    after = []
    for noise in (1, 2):
        state = fresh(recipe, tiny)
        assert add_dropout(state.model, 0.3) == 3  # attention, MLP, classifier
        torch.manual_seed(noise)
        run_epoch(state, samples, recipe, seed=0, classes=2)
        after.append(weights(state))
    assert torch.equal(*after)
    plain = fresh(recipe, tiny)
    run_epoch(plain, samples, recipe, seed=0, classes=2)
    assert not torch.equal(after[0], weights(plain))


@pytest.mark.parametrize("any_length", [True, False])
def test_a_model_that_takes_rows_of_any_length_gets_no_padding(
    any_length: bool, recipe: TrainingRecipe
) -> None:
    mask = (torch.arange(20) < torch.arange(1, 17)[:, None]).float()  # lengths 1 to 16
    text = Samples((mask.int() * 5, mask), torch.arange(16) % 2, "text")
    model = Bag(classes=2, pieces=6, width=4, features=4)
    model.any_length = any_length
    seen = []
    model.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0].shape))
    recipe = replace(recipe, batch=4, dropout=0.0)
    run_epoch(new_state(model, recipe), text, recipe, seed=0, classes=2)
    columns = sorted(shape[1] for shape in seen)
    assert columns == ([4, 8, 12, 16] if any_length else [20, 20, 20, 20])
