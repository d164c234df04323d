from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from edgeattn.data.data import Data
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training import loop
from edgeattn.training.augment import Augmentation
from edgeattn.training.evaluate import confusion
from edgeattn.training.loop import train
from edgeattn.training.metrics import read_metrics
from edgeattn.training.outcome import TrainingResult
from edgeattn.training.processes import Processes
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import BY_KIND
from edgeattn.training.splits import Splits
from edgeattn_runtime.errors import BadData, BadUsage

NAME = "gesture-hybrid"


def weights(result: TrainingResult) -> dict[str, torch.Tensor]:
    return dict(load_checkpoint(result.checkpoint).module.state_dict())


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[key], other[key]) for key in one)


def test_training_learns_and_says_how_well(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    result = train(NAME, splits, out=tmp_path, recipe=replace(recipe, epochs=8), arguments=tiny)
    lines = read_metrics(result.metrics)
    assert [line["epoch"] for line in lines[:-1]] == list(range(1, 9))
    assert lines[7]["loss"] < lines[0]["loss"]
    assert result.validation_accuracy >= 0.9
    assert result.test_accuracy is not None
    assert result.test_accuracy >= 0.9
    assert result.test_samples == 30
    assert lines[-1]["test_accuracy"] == result.test_accuracy
    assert set(lines[0]) == {
        "epoch",
        "loss",
        "train_accuracy",
        "validation_accuracy",
        "validation_precision",
        "validation_recall",
        "validation_f1",
        "validation_confusion",
        "seconds",
        "cpu_seconds",
    }


def test_the_checkpoint_holds_what_was_measured(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    result = train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny)
    checkpoint = load_checkpoint(result.checkpoint)
    assert checkpoint.labels == ("left", "top")
    assert checkpoint.dataset == "stripes"
    assert checkpoint.arguments == {"classes": 2, **tiny}
    with torch.no_grad():
        guesses = checkpoint.module(torch.from_numpy(splits.validation.x["x"])).argmax(1)
    assert splits.validation.y is not None
    assert (guesses.numpy() == splits.validation.y).mean() == pytest.approx(
        result.validation_accuracy, abs=1e-5
    )


@pytest.mark.parametrize("kind", ["text"])
def test_weights_that_are_kept_in_half_are_the_ones_that_are_measured(
    toy: tuple[str, Splits], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, data = toy
    monkeypatch.setitem(ZOO, name, replace(ZOO[name], half=True))
    measured: list[dict[str, Tensor]] = []

    def noted(model: nn.Module, *rest: Any) -> Any:
        measured.append(copy.deepcopy(dict(model.state_dict())))
        return confusion(model, *rest)

    monkeypatch.setattr(loop, "confusion", noted)
    data = replace(data, test=data.validation)
    recipe = TrainingRecipe(epochs=1, batch=8, augmentation=None)
    result = train(name, data, out=tmp_path, recipe=recipe)
    kept = load_checkpoint(result.checkpoint).module.state_dict()
    for key, weight in kept.items():
        assert torch.equal(measured[-1][key], weight)
        assert weight.ndim < 2 or torch.equal(weight.half().float(), weight)
    assert not all(torch.equal(measured[0][key], kept[key]) for key in kept)  # before rounding


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    def run(name: str, seed: int) -> dict[str, torch.Tensor]:
        return weights(
            train(NAME, splits, out=tmp_path / name, recipe=recipe, arguments=tiny, seed=seed)
        )

    first = run("a", 3)
    assert equal(first, run("b", 3))
    assert not equal(first, run("c", 4))


class Killed(BaseException):
    """Stands for a process that ends in the middle of an epoch."""


@pytest.mark.parametrize("step", [3, 9, 12])
def test_a_killed_training_resumes_bit_for_bit(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path, step: int
) -> None:
    recipe = replace(recipe, augmentation=Augmentation())
    whole = train(NAME, splits, out=tmp_path / "whole", recipe=recipe, arguments=tiny)
    seen = 0

    def kill(title: str, share: float) -> None:
        nonlocal seen
        seen += 1
        if seen == step + 6:  # the first epoch, of 6 steps, is whole in any case
            raise Killed

    broken = tmp_path / "broken"
    with pytest.raises(Killed):
        train(NAME, splits, out=broken, recipe=recipe, arguments=tiny, progress=kill)
    torch.manual_seed(99)  # another process has another global generator
    resumed = train(NAME, splits, out=broken, recipe=recipe, arguments=tiny, resume=True)

    assert equal(weights(resumed), weights(whole))
    timeless = [
        [
            {key: value for key, value in line.items() if "seconds" not in key}
            for line in read_metrics(result.metrics)
        ]
        for result in (whole, resumed)
    ]
    assert timeless[0] == timeless[1]


def test_an_interrupt_leaves_the_last_whole_epoch(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    def interrupt(title: str, share: float) -> None:
        if title.startswith("epoch 3"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny, progress=interrupt)
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 2
    assert load_checkpoint(tmp_path / f"{NAME}.pt").model == NAME
    assert not list(tmp_path.glob(".*"))


def test_a_resume_after_the_last_epoch_changes_nothing(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    first = train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny)
    before = first.checkpoint.read_bytes(), first.metrics.read_bytes()
    again = train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny, resume=True)
    assert again == first
    assert (again.checkpoint.read_bytes(), again.metrics.read_bytes()) == before


def test_a_folder_with_a_training_is_not_overwritten(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny, epochs=1)
    with pytest.raises(BadUsage, match="holds a training already; add --resume"):
        train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny)


def test_switches_and_the_generator_of_pytorch_are_as_before(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    generator = torch.get_rng_state()
    train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny, epochs=1)
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before
    assert torch.equal(torch.get_rng_state(), generator)


def test_unnamed_classes_are_counted_and_no_test_set_is_no_figure(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    def unnamed(data: Data) -> Data:
        return Data(data.x, data.y, None, data.source)

    bare = Splits("bare", unnamed(splits.train), unnamed(splits.validation))
    result = train(NAME, bare, out=tmp_path, recipe=recipe, arguments=tiny, epochs=1)
    assert result.test_accuracy is None
    assert load_checkpoint(result.checkpoint).labels is None
    assert load_checkpoint(result.checkpoint).arguments["classes"] == 2


def test_the_progress_goes_from_start_to_end_and_names_the_epoch(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    told: list[tuple[str, float]] = []
    train(
        NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny, epochs=2,
        progress=lambda title, share: told.append((title, share)),
    )  # fmt: skip
    shares = np.array([share for _, share in told])
    assert (np.diff(shares) > 0).all()
    assert shares[-1] == 1.0
    assert told[0][0] == "epoch 1 of 2"
    assert told[-1][0].startswith("epoch 2 of 2, validation ")


def test_the_last_state_is_written_after_checkpoint_and_figures(
    splits: Splits,
    recipe: TrainingRecipe,
    tiny: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A kill between the files must never leave a state that is ahead of the checkpoint."""

    def stop(*args: object) -> None:
        raise Killed

    monkeypatch.setattr(loop, "save_state", stop)
    with pytest.raises(Killed):
        train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny)
    assert (tmp_path / f"{NAME}.pt").exists()
    assert len(read_metrics(tmp_path / "metrics.jsonl")) == 1
    assert not (tmp_path / "training.pt").exists()


def test_each_kind_of_sample_is_learnt(toy: tuple[str, Splits], tmp_path: Path) -> None:
    """With the augmentation of its own kind, which must fit the samples."""
    name, splits = toy
    kind = splits.name
    own = replace(BY_KIND[kind], epochs=16, batch=8, learning_rate=0.02, average=0.8)
    result = train(name, splits, out=tmp_path, recipe=own)
    assert result.validation_accuracy >= 0.8


@pytest.mark.parametrize("kind", ["motion"])
def test_nothing_better_for_a_while_ends_it_with_the_best(
    toy: tuple[str, Splits], recipe: TrainingRecipe, tmp_path: Path, kind: str
) -> None:
    name, splits = toy
    splits = replace(splits, test=splits.validation)
    recipe = replace(recipe, epochs=40, patience=2)
    result = train(name, splits, out=tmp_path, recipe=recipe)
    lines = read_metrics(result.metrics)
    assert result.epochs == result.best_epoch + 2 < 40
    assert lines[-1]["best_epoch"] == result.best_epoch
    # Test and validation are the same samples here: the best epoch's weights were measured.
    assert result.test_f1 == lines[result.best_epoch - 1]["validation_f1"]
    again = train(name, splits, out=tmp_path, recipe=recipe, resume=True)
    assert again == result


@pytest.mark.parametrize("kind", ["motion"])
def test_a_teacher_is_learnt_from_and_must_be_there_again_at_a_resume(
    toy: tuple[str, Splits], recipe: TrainingRecipe, tmp_path: Path, kind: str
) -> None:
    name, splits = toy
    teacher = train(name, splits, out=tmp_path / "teacher", recipe=recipe, seed=7)
    words: dict[str, Any] = {"recipe": recipe, "epochs": 2}
    plain = train(name, splits, out=tmp_path / "plain", **words)
    taught = train(name, splits, out=tmp_path / "taught", teacher=teacher.checkpoint, **words)
    assert not equal(weights(plain), weights(taught))
    with pytest.raises(BadUsage, match=r"holds a training with teacher [0-9a-f]+, not None"):
        train(name, splits, out=tmp_path / "taught", resume=True, **words)


@pytest.mark.parametrize("kind", ["motion"])
def test_a_training_begins_with_a_checkpoint(
    toy: tuple[str, Splits], recipe: TrainingRecipe, tmp_path: Path, kind: str
) -> None:
    name, splits = toy
    first = train(name, splits, out=tmp_path / "first", recipe=recipe)
    still = replace(recipe, learning_rate=1e-12, weight_decay=0, average=0.0)
    second = train(name, splits, out=tmp_path / "second", recipe=still, start=first.checkpoint)
    for key, weight in weights(first).items():
        torch.testing.assert_close(weights(second)[key], weight, atol=1e-6, rtol=0)


def test_one_class_is_refused(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    one = Data(splits.train.x, np.zeros(48, np.int64), ("left", "top"), "dark")
    with pytest.raises(BadData, match="dark holds 48 samples of one class, 'left'"):
        train(NAME, replace(splits, train=one), out=tmp_path, recipe=recipe, arguments=tiny)
    assert not list(tmp_path.iterdir())


def test_uneven_classes_are_noted_before_the_first_step(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    rare = Data(splits.train.x, (np.arange(48) < 6).astype(np.int64), None, "uneven")
    notes: list[str] = []
    words: dict[str, Any] = {"arguments": tiny, "epochs": 1, "note": notes.append}
    data = replace(splits, train=rare)
    one = train(NAME, data, out=tmp_path / "a", recipe=recipe, **words)
    assert notes[0].startswith("the largest class has 7.0 times the samples of the smallest")
    weighted = replace(recipe, class_weights=True)
    other = train(NAME, data, out=tmp_path / "b", recipe=weighted, **words)
    assert len(notes) == 1
    assert not equal(weights(one), weights(other))


def test_a_rate_that_blows_up_stops_with_the_batch(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    wild = replace(recipe, learning_rate=1e30, warm_up_epochs=0)
    with pytest.raises(BadData, match=r"in epoch 1, batch \d of 6 .*failed-batch\.npz or lower"):
        train(NAME, splits, out=tmp_path, recipe=wild, arguments=tiny)
    with np.load(tmp_path / "failed-batch.npz") as kept:
        assert np.array_equal(kept["input0"], splits.train.x["x"][kept["rows"]])


def test_another_model_cannot_resume(
    toy: tuple[str, Splits],
    splits: Splits,
    recipe: TrainingRecipe,
    tiny: dict[str, Any],
    tmp_path: Path,
) -> None:
    train(NAME, splits, out=tmp_path, recipe=recipe, arguments=tiny, epochs=1)
    name, data = toy
    with pytest.raises(BadUsage, match=f"holds a training with model {NAME}, not {name}; resume"):
        train(name, data, out=tmp_path, recipe=recipe, epochs=1, resume=True)


def test_another_number_of_processes_cannot_resume(
    splits: Splits, recipe: TrainingRecipe, tiny: dict[str, Any], tmp_path: Path
) -> None:
    words: dict[str, Any] = {"out": tmp_path, "recipe": recipe, "arguments": tiny, "epochs": 1}
    train(NAME, splits, **words)
    with pytest.raises(BadUsage, match="holds a training with processes 1, not 2; resume with"):
        train(NAME, splits, resume=True, processes=Processes(0, 2), **words)
