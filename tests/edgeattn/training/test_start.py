from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgeattn.data.data import Data
from edgeattn.models.catalog import zoo_entry
from edgeattn.models.checkpoint import Checkpoint
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.samples import Samples
from edgeattn.training.splits import Splits
from edgeattn.training.start import begin, number_of_classes, remarks, settings_of

ENTRY = zoo_entry("gesture-hybrid")


def data(*y: int, labels: tuple[str, ...] | None = None) -> Data:
    return Data({"x": np.zeros((len(y), 2), np.float32)}, np.array(y), labels, "demo")


def test_classes_are_those_with_a_name_or_a_sample() -> None:
    assert number_of_classes(Splits("demo", data(0, 1, labels=("a", "b", "c")), data(0))) == 3
    assert number_of_classes(Splits("demo", data(0, 1), data(0), data(3))) == 4


def test_uneven_classes_are_worth_a_sentence(recipe: TrainingRecipe) -> None:
    (said,) = remarks(data(0, 0, 0, 0, 0, 0, 1), recipe)
    assert said.startswith("the largest class has 6.0 times the samples of the smallest; --class-w")
    assert not remarks(data(0, 0, 1), recipe)
    assert not remarks(data(0, 0, 0, 0, 1), replace(recipe, class_weights=True))


def test_a_class_without_samples_is_named(recipe: TrainingRecipe) -> None:
    (said,) = remarks(data(0, 2, labels=("cat", "cow", "dog")), recipe)
    assert said == (
        "1 of 3 classes have no training sample, first 'cow'; the model cannot learn them"
    )


def checkpoint(tiny: dict[str, Any], classes: int) -> Checkpoint:
    arguments = {"classes": classes, **tiny}
    module = ENTRY.build(**arguments)
    return Checkpoint(module, "gesture-hybrid", arguments, (), None, None)


@pytest.mark.parametrize("classes", [2, 5])
def test_a_checkpoint_gives_its_weights_and_a_new_last_layer_where_needed(
    tiny: dict[str, Any], classes: int
) -> None:
    start = checkpoint(tiny, 2)
    before = {name: weight.clone() for name, weight in start.module.state_dict().items()}
    model = begin(ENTRY, {**tiny, "classes": classes}, start)
    after = model.state_dict()
    assert model.eval()(torch.zeros(2, 3, 16, 16)).shape == (2, classes)
    same = {name for name in before if after[name].shape == before[name].shape}
    assert all(torch.equal(after[name], before[name]) for name in same)
    assert len(before) - len(same) == (0 if classes == 2 else 2)
    rebuilt = ENTRY.build(**tiny, classes=classes)
    rebuilt.load_state_dict(after)  # the names are those a checkpoint is loaded with


def test_other_data_teacher_or_start_are_other_settings(
    recipe: TrainingRecipe, tmp_path: Path
) -> None:
    (tmp_path / "a.pt").write_bytes(b"a")
    (tmp_path / "b.pt").write_bytes(b"b")
    x, y = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)

    def settings(x: torch.Tensor, teacher: Path | None) -> dict[str, Any]:
        samples = Samples((x,), y, "audio")
        return settings_of("m", {}, 0, recipe, samples, start=None, teacher=teacher)

    first = settings(x, None)
    assert first == settings(x.clone(), None)
    assert first["data"] != settings(x + 1, None)["data"]
    teachers = [settings(x, tmp_path / name)["teacher"] for name in ("a.pt", "b.pt")]
    assert len({first["teacher"], *teachers}) == 3
