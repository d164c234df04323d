from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.rand_augment import RandAugment
from edgeattn.training.recipes import RECIPES
from edgeattn_runtime.errors import BadUsage


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An archive of 20 noisy images of two classes, as large as the zoo's model wants them."""
    y = np.arange(20) % 2
    noise = np.random.default_rng(0).random((20, 3, 64, 64), np.float32)
    np.savez(tmp_path / "photos.npz", x=noise * 0.5 + y[:, None, None, None] * 0.5, y=y)
    return tmp_path / "photos.npz"


def words(photos: Path, out: Path, *more: str) -> tuple[str, ...]:
    return ("train", "gesture-hybrid", "--data", str(photos), "--out", str(out), *more)


def test_train_writes_a_checkpoint_and_says_how_well_it_does(
    edgeattn: Any, photos: Path, tmp_path: Path
) -> None:
    done = edgeattn(*words(photos, tmp_path / "out", "--epochs", "1", "--json"))
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    assert result["epochs"] == 1
    assert result["test_accuracy"] is None
    assert load_checkpoint(Path(result["checkpoint"])).arguments == {"classes": 2}


def test_a_sentence_is_printed_without_json(edgeattn: Any, photos: Path, tmp_path: Path) -> None:
    done = edgeattn(*words(photos, tmp_path / "out", "--epochs", "1"))
    assert "gesture-hybrid.pt: 1 epochs, " in done.stdout
    assert "% of validation" in done.stdout


def test_training_twice_into_one_folder_is_refused(
    edgeattn: Any, photos: Path, tmp_path: Path
) -> None:
    edgeattn(*words(photos, tmp_path / "out", "--epochs", "1"))
    again = edgeattn(*words(photos, tmp_path / "out", "--epochs", "1"))
    assert again.exit_code == 2
    assert "add --resume" in again.stderr


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("train", "resnet", "--data", "gestures", "--out", "o"), "the zoo has no model 'resnet'"),
        (("train", "gesture-hybrid", "--data", "gesture", "--out", "o"), "did you mean gestures"),
        (("train", "gesture-hybrid", "--out", "o"), "Missing option '--data'"),
        (("train", "gesture-hybrid", "--data", "gestures", "--out", "o", "--epochs", "0"), "0"),
    ],
)
def test_what_was_typed_wrong_ends_with_two(
    edgeattn: Any, typed: tuple[str, ...], message: str
) -> None:
    done = edgeattn(*typed)
    assert done.exit_code == 2
    assert message in done.stderr


def test_an_interrupt_says_how_to_go_on(
    edgeattn: Any, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("edgeattn.training.loop.train", interrupt)
    done = edgeattn(*words(photos, tmp_path / "out"))
    assert done.exit_code == 130
    assert "--resume goes on after it" in done.stderr


def test_a_killed_process_resumes_to_the_weights_of_an_unbroken_one(
    edgeattn: Any, photos: Path, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    edgeattn(*words(photos, whole, "--epochs", "6"))
    paths = os.pathsep.join(path for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, "-m", "edgeattn", *words(photos, broken, "--epochs", "6")],
        env={**os.environ, "PYTHONPATH": paths},
    )
    deadline = time.monotonic() + 120
    while not (broken / "training.pt").exists() and process.poll() is None:
        assert time.monotonic() < deadline, "no epoch was finished in two minutes"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()

    done = edgeattn(*words(photos, broken, "--epochs", "6", "--resume"))
    assert done.exit_code == 0
    one, other = (
        load_checkpoint(folder / "gesture-hybrid.pt").module.state_dict()
        for folder in (whole, broken)
    )
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photos as they come: other sizes, grey, with transparency, for print, with a palette."""
    for name, level in (("dark", 40), ("light", 200)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for index, mode in enumerate(("RGB", "L", "RGBA", "CMYK", "P", "LA", "1")):
            size = (20 + 9 * index, 90 - 7 * index)
            picture = Image.new("RGB", size, (level, level, level)).convert(mode)
            suffix = "jpg" if mode == "CMYK" else "png"
            picture.save(tmp_path / "photos" / name / f"{index}.{suffix}")
    return tmp_path / "photos"


def test_photos_of_any_size_and_mode_are_trained_on(
    edgeattn: Any, folder: Path, tmp_path: Path
) -> None:
    done = edgeattn(*words(folder, tmp_path / "out", "--epochs", "1", "--json"))
    assert done.exit_code == 0, done.stderr
    checkpoint = load_checkpoint(Path(json.loads(done.stdout)["checkpoint"]))
    assert checkpoint.labels == ("dark", "light")


def test_broken_files_are_listed_and_skipped_only_when_asked(
    edgeattn: Any, folder: Path, tmp_path: Path
) -> None:
    (folder / "dark" / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 half a photo")
    refused = edgeattn(*words(folder, tmp_path / "out", "--epochs", "1"))
    assert refused.exit_code == 3
    assert "1 of 15 images in photos cannot be used, first dark/torn.jpg" in refused.stderr
    done = edgeattn(*words(folder, tmp_path / "out", "--epochs", "1", "--skip-broken"))
    assert done.exit_code == 0
    assert "1 broken files are left out:\n  dark/torn.jpg (" in done.stderr


def test_one_class_is_refused(edgeattn: Any, folder: Path, tmp_path: Path) -> None:
    shutil.rmtree(folder / "light")
    done = edgeattn(*words(folder, tmp_path / "out"))
    assert done.exit_code == 3
    assert "telling classes apart needs at least two" in done.stderr


def test_the_flags_reach_the_recipe(
    edgeattn: Any, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    met: dict[str, Any] = {}

    def stop(*args: object, **kwargs: Any) -> None:
        met.update(kwargs)
        raise BadUsage("enough")

    monkeypatch.setattr("edgeattn.training.loop.train", stop)
    more = (
        "--epochs", "7", "--batch", "5", "--mixup", "0.2", "--patience", "3", "--class-weights",
        "--augment", "rand", "--dropout", "0.1", "--pretrain", "masked", "--teacher", "big.pt",
    )  # fmt: skip
    edgeattn(*words(photos, tmp_path / "out", *more))
    recipe = met["recipe"]
    assert (recipe.epochs, recipe.batch, recipe.mixup, recipe.patience) == (7, 5, 0.2, 3)
    assert (recipe.class_weights, recipe.dropout, recipe.pretrain_epochs) == (True, 0.1, 7)
    assert recipe.augmentation == RandAugment()
    assert recipe.weight_decay == RECIPES["gesture-hybrid"].weight_decay
    assert met["teacher"] == Path("big.pt")
    edgeattn(*words(photos, tmp_path / "out"))
    assert met["recipe"] == RECIPES["gesture-hybrid"]  # nothing typed, nothing changed


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--dropout", "1.5"), "dropout is 1.5; give 0"),
        (("--learning-rate", "nan"), "learning"),
        (("--pretrain-epochs", "3"), "--pretrain-epochs needs --pretrain masked"),
        (("--pretrain", "contrastive"), "'contrastive' is not 'masked'"),
    ],
)
def test_numbers_that_cannot_train_end_with_two(
    edgeattn: Any, photos: Path, tmp_path: Path, more: tuple[str, ...], message: str
) -> None:
    done = edgeattn(*words(photos, tmp_path / "out", *more))
    assert done.exit_code == 2
    assert message in done.stderr


def test_a_checkpoint_is_gone_on_from(edgeattn: Any, photos: Path, tmp_path: Path) -> None:
    first = edgeattn(*words(photos, tmp_path / "a", "--epochs", "1", "--json"))
    start = json.loads(first.stdout)["checkpoint"]
    done = edgeattn(
        "train", start, "--data", photos, "--out", tmp_path / "b", "--epochs", "1", "--json",
        "--teacher", start,
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["checkpoint"].endswith("gesture-hybrid.pt")


def test_a_process_that_is_not_the_first_says_nothing(
    edgeattn: Any, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", "1")
    done = edgeattn(*words(photos, tmp_path / "out", "--epochs", "1"))
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_the_help_shows_examples_one_a_line(edgeattn: Any) -> None:
    shown = edgeattn("train", "--help").stdout
    assert "Example: edgeattn train gesture-hybrid --data gestures --seed 0 --out out" in shown
    assert "\\b" not in shown
    assert "\n           torchrun --nproc-per-node 2 -m edgeattn train" in shown
