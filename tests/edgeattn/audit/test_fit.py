from __future__ import annotations

from pathlib import Path

import pytest
import torch

from edgeattn.audit.fit import Fit, digest
from edgeattn.audit.material import Material, load_material
from edgeattn.audit.sizing import Sized
from edgeattn.training.metrics import read_metrics
from edgeattn_runtime.errors import BadUsage
from tests.edgeattn.audit.conftest import Ticking

SMALL = Sized("multi-head", 16, 16, macs=1, params=1)


def begun(material: Material, folder: Path, seed: int = 0) -> Fit:
    return Fit(SMALL, material, seed=seed, folder=folder)


def trained(fit: Fit, epochs: int) -> Fit:
    while fit.epochs < epochs:
        fit.epoch(epochs, lambda share: None)
    return fit


def weights(fit: Fit) -> torch.Tensor:
    return torch.cat([weight.flatten() for weight in fit.model.state_dict().values()])


def test_a_training_that_was_stopped_ends_with_the_bits_of_an_unbroken_one(
    material: Material, tmp_path: Path
) -> None:
    whole = trained(begun(material, tmp_path / "a"), 3)
    fit = begun(material, tmp_path / "b")
    fit.epoch(3, lambda share: None)
    again = begun(material, tmp_path / "b")
    assert again.epochs == 1
    assert torch.equal(weights(trained(again, 3)), weights(whole))


def test_the_first_epoch_is_the_same_however_many_follow(
    material: Material, tmp_path: Path
) -> None:
    few, many = begun(material, tmp_path / "a"), begun(material, tmp_path / "b")
    few.epoch(2, lambda share: None)
    many.epoch(40, lambda share: None)
    assert torch.equal(weights(few), weights(many))


def test_it_learns_what_is_easy_to_tell_apart(material: Material, tmp_path: Path) -> None:
    fit = trained(begun(material, tmp_path / "a"), 30)
    assert fit.validation_accuracy > 0.9
    assert len(read_metrics(tmp_path / "a" / "metrics.jsonl")) == 30


def test_progress_runs_from_0_to_1_in_every_epoch(material: Material, tmp_path: Path) -> None:
    fit, shares = begun(material, tmp_path / "a"), []
    for _ in range(2):
        fit.epoch(2, shares.append)
    assert shares == pytest.approx([1.0, 1.0])  # one step of 32 samples each, of 51


def test_another_seed_or_size_is_not_gone_on_with(material: Material, tmp_path: Path) -> None:
    begun(material, tmp_path / "a").epoch(1, lambda share: None)
    with pytest.raises(BadUsage, match="holds a training with seed 0, not 1"):
        begun(material, tmp_path / "a", seed=1)


def test_a_probe_leaves_the_candidate_as_it_was(material: Material, tmp_path: Path) -> None:
    fit = begun(material, tmp_path / "a")
    before = weights(fit)
    taken = fit.probe(Ticking())
    assert torch.equal(weights(fit), before)
    assert taken == pytest.approx(51 / 51)  # a second for the 51 samples it was shown
    assert not (tmp_path / "a").exists()


def test_what_is_finished_keeps_its_figures_alone(material: Material, tmp_path: Path) -> None:
    fit = trained(begun(material, tmp_path / "a"), 1)
    fit.forget()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["metrics.jsonl"]


def test_other_samples_have_another_digest(archive: Path, material: Material) -> None:
    assert digest(load_material(str(archive))) == digest(material)
    assert digest(load_material("gestures")) != digest(material)
