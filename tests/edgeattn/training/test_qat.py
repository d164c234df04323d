from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgeattn import convert
from edgeattn.data.data import Data
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.sources import load_model
from edgeattn.training.loop import train
from edgeattn.training.metrics import read_metrics
from edgeattn.training.outcome import TrainingResult
from edgeattn.training.qat import qat_recipe, train_qat
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.splits import Splits
from edgeattn_converters.policies import POLICIES
from edgeattn_converters.recipe import FLOAT, RECIPES
from edgeattn_runtime.errors import BadUsage, BrokenModel
from tests.edgeattn.training.conftest import TINY, stripes

BOTH = (POLICIES["onnxruntime-x86-vnni"], POLICIES["litert-xnnpack"])
RECIPE = TrainingRecipe(
    epochs=2, batch=8, learning_rate=2e-3, warm_up_epochs=1, average=0.5, augmentation=None
)


@pytest.fixture(scope="module")
def data() -> Splits:
    return Splits("stripes", stripes(32, 0), stripes(24, 1), stripes(30, 2))


@pytest.fixture(scope="module")
def start(data: Splits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float checkpoint of the tiny model."""
    recipe = replace(RECIPE, epochs=8, learning_rate=0.02, average=0.8)
    out = tmp_path_factory.mktemp("float")
    return train("gesture-hybrid", data, out=out, recipe=recipe, arguments=TINY).checkpoint


@pytest.fixture(scope="module")
def done(data: Splits, start: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    return run(start, data, tmp_path_factory.mktemp("qat"))


def run(start: Path, data: Splits, out: Path, **more: Any) -> TrainingResult:
    more = {"quantisation": RECIPES["int8"], "policies": BOTH, "recipe": RECIPE, **more}
    return train_qat(start, data, out=out, **more)


def qat_of(checkpoint: Path) -> dict[str, Any]:
    found = load_checkpoint(checkpoint).qat
    assert found is not None
    return found


def test_the_checkpoint_holds_the_float_weights_and_what_was_trained(
    start: Path, done: TrainingResult
) -> None:
    begun, ended = load_checkpoint(start), load_checkpoint(done.checkpoint)
    weights = begun.module.state_dict()
    assert all(torch.equal(weights[k], v) for k, v in ended.module.state_dict().items())
    assert (ended.labels, ended.dataset, ended.arguments) == (
        begun.labels, begun.dataset, begun.arguments,
    )  # fmt: skip
    assert begun.qat is None
    trained = qat_of(done.checkpoint)
    assert trained["policies"] == [policy.name for policy in BOTH]
    assert len(trained["samples"]) == 32
    assert "stem_0_0_conv2d:1" in trained["constants"]


def test_figures_are_written_as_for_float_training(done: TrainingResult) -> None:
    *epochs, last = read_metrics(done.metrics)
    assert [line["epoch"] for line in epochs] == [1, 2]
    assert last["qat"] is True
    assert last["test_accuracy"] == done.test_accuracy
    assert done.test_samples == 30
    assert done.plot.exists()


class Killed(BaseException):
    """Stands for a process that ends in the middle of an epoch."""


def test_a_killed_training_resumes_bit_for_bit(
    data: Splits, start: Path, done: TrainingResult, tmp_path: Path
) -> None:
    steps: Iterator[int] = iter(range(100))

    def kill(title: str, share: float) -> None:
        if next(steps) == 5:  # an epoch has 4 steps
            raise Killed

    with pytest.raises(Killed):
        run(start, data, tmp_path, progress=kill)
    assert not (tmp_path / "gesture-hybrid.pt").exists()
    torch.manual_seed(99)  # another process has another global generator
    resumed, whole = (
        qat_of(run(start, data, tmp_path, resume=True).checkpoint),
        qat_of(done.checkpoint),
    )
    assert resumed["bounds"] == whole["bounds"]
    assert resumed["constants"].keys() == whole["constants"].keys()
    assert all(torch.equal(v, whole["constants"][k]) for k, v in resumed["constants"].items())


def test_a_resume_with_another_rounding_is_refused(
    data: Splits, start: Path, done: TrainingResult
) -> None:
    folder = done.checkpoint.parent
    with pytest.raises(BadUsage, match="resume with the same settings"):
        run(start, data, folder, resume=True, policies=BOTH[:1])
    with pytest.raises(BadUsage, match="add --resume, or give another --out"):
        run(start, data, folder)


def test_the_bundle_holds_the_float_model_and_the_trained_integers(
    data: Splits, start: Path, done: TrainingResult, tmp_path: Path
) -> None:
    assert data.test is not None
    np.savez(tmp_path / "test.npz", x=data.test.x["x"], y=data.test.y)
    content = torch.load(done.checkpoint, weights_only=True)
    content["qat"]["policies"] = [BOTH[0].name]  # as if trained for ONNX Runtime alone
    torch.save(content, tmp_path / "one.pt")
    conversion = convert(
        str(tmp_path / "one.pt"), torch.rand(1, 3, 16, 16), out=tmp_path / "bundle",
        calib=tmp_path / "test.npz", evaluation=tmp_path / "test.npz", formats="tflite",
        recipe="int8-float-core", search=False, max_drop=None,
    )  # fmt: skip
    ranges = json.loads((tmp_path / "bundle" / "calibration.json").read_text())
    trained = qat_of(done.checkpoint)
    assert ranges["method"] == "qat"
    assert ranges["samples"] == trained["samples"]
    found = {name: entry["range"] for name, entry in ranges["tensors"].items()}
    assert found == trained["bounds"]
    candidates = conversion.report["candidates"]
    floats = [one for one in candidates if one["precision"] == "fp32"]
    integers = [one for one in candidates if one["precision"] == "int8"]
    assert all(one["sqnr_db"] > 90 for one in floats)  # the float model, not the trained one
    assert integers
    assert any("litert-xnnpack rounds otherwise" in said for said in conversion.warnings)


def test_what_was_trained_can_be_converted_by_its_path_alone(done: TrainingResult) -> None:
    loaded = load_model(str(done.checkpoint))
    assert loaded.trained is not None
    assert loaded.trained.ranges.method == "qat"


def test_a_damaged_training_is_refused_by_name(done: TrainingResult, tmp_path: Path) -> None:
    content = torch.load(done.checkpoint, weights_only=True)
    content["qat"]["bounds"]["x"] = [1.0, -1.0]
    torch.save(content, tmp_path / "bad.pt")
    with pytest.raises(BrokenModel, match=r"bad\.pt: what --qat trained is damaged"):
        load_model(str(tmp_path / "bad.pt"))


def test_training_it_twice_is_refused(data: Splits, done: TrainingResult, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="trained with --qat already"):
        run(done.checkpoint, data, tmp_path)


@pytest.mark.parametrize("change", [{"dropout": 0.1}, {"patience": 2}, {"pretrain_epochs": 1}])
def test_what_only_float_training_has_is_refused(
    data: Splits, start: Path, tmp_path: Path, change: dict[str, Any]
) -> None:
    with pytest.raises(BadUsage, match="which --qat has not"):
        run(start, data, tmp_path, recipe=replace(RECIPE, **change))


def test_a_float_recipe_is_refused(data: Splits, start: Path, tmp_path: Path) -> None:
    with pytest.raises(BadUsage, match="recipe fp32 is float"):
        run(start, data, tmp_path, quantisation=FLOAT)


@pytest.mark.parametrize("labels", [("up", "down"), ("left", "top", "new")])
def test_data_of_other_classes_are_refused(
    data: Splits, start: Path, tmp_path: Path, labels: tuple[str, ...]
) -> None:
    train_set = Data(data.train.x, data.train.y, labels, "others")
    with pytest.raises(BadUsage, match=r"tells 2 classes apart.*train it in float on these data"):
        run(start, Splits("others", train_set, data.validation), tmp_path)


def test_the_recipe_is_gentler_than_that_of_float_training() -> None:
    recipe = qat_recipe(TrainingRecipe(epochs=40, dropout=0.1, patience=3, learning_rate=2e-3))
    assert (recipe.epochs, recipe.learning_rate, recipe.warm_up_epochs) == (10, 2e-4, 0.25)
    assert (recipe.dropout, recipe.patience, recipe.pretrain_epochs) == (0.0, None, 0)
    assert qat_recipe(TrainingRecipe(epochs=1)).epochs == 1
