from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from edgeattn.models.checkpoint import load_checkpoint


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
