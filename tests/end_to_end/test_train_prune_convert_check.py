"""Train, prune, convert, check: the commands in a row, each on what the one before it left."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgeattn.data.gestures import load_gestures
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn_runtime.bundle import open_bundle

MODEL = "gesture-hybrid"
EACH = {"train": 24, "validation": 4, "test": 10}  # photos of each sign: seconds, not minutes


@pytest.fixture(scope="module")
def gestures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the real photos, as a folder of splits with class folders."""
    root: Path = tmp_path_factory.mktemp("gestures")
    for split, each in EACH.items():
        data = load_gestures(split)
        assert data.y is not None
        assert data.labels is not None
        for label, name in enumerate(data.labels):
            place = root / split / name
            place.mkdir(parents=True)
            for row in np.flatnonzero(data.y == label)[:each]:
                pixels = np.rint(data.x["x"][row].transpose(1, 2, 0) * 255).astype(np.uint8)
                Image.fromarray(pixels).save(place / f"{row}.png")
    return root


def test_train_prune_convert_check_in_a_row(edgeattn: Any, gestures: Path, tmp_path: Path) -> None:
    trained = step(
        edgeattn,
        *("train", MODEL, "--data", gestures, "--seed", 0, "--out", tmp_path / "out"),
        *("--epochs", 5, "--batch", 8, "--average", 0.9),  # many short steps: little time
    )
    checkpoint = Path(trained["checkpoint"])
    assert trained["epochs"] == 5
    assert trained["test_samples"] == 10 * EACH["test"]
    assert trained["test_accuracy"] > 0.3  # a few epochs learn something: guessing gives 0.1
    before = hashlib.sha256(checkpoint.read_bytes()).hexdigest()

    small = tmp_path / "small.pt"
    pruned = step(
        edgeattn,
        *("prune", checkpoint, "--data", gestures, "--heads", "50%", "--channels", "50%"),
        *("--finetune-epochs", 1, "--out", small),
    )
    assert hashlib.sha256(checkpoint.read_bytes()).hexdigest() == before
    assert pruned["macs"][1] < 0.6 * pruned["macs"][0]
    assert pruned["parameters"][1] < 0.6 * pruned["parameters"][0]
    assert all(new == old // 2 for old, new in pruned["heads"].values())
    assert parameters(small) == pruned["parameters"][1]
    assert parameters(checkpoint) == pruned["parameters"][0]

    bundle = tmp_path / "bundle"
    report = step(
        edgeattn,
        # A hundred photos are a point each, and half a training leaves many of them undecided.
        *("convert", small, "--calib", gestures, "--eval", gestures, "--samples", 64),
        *("--max-drop", 5, "--no-search", "--no-record", "--out", bundle),
    )
    assert report["model"]["params"] == pruned["parameters"][1]
    assert report["model"]["macs"] < 0.6 * pruned["macs"][0]
    assert report["verdict"]["passed"]
    files = {file.name: file.bytes for file in open_bundle(bundle).manifest.files}
    assert set(files) == {f"model_{p}.{f}" for p in ("fp32", "int8") for f in ("onnx", "tflite")}
    for format in ("onnx", "tflite"):
        # The graph itself is half: float32 weights of the unpruned model would not fit in it.
        assert files[f"model_fp32.{format}"] < 4 * pruned["parameters"][0]
        assert files[f"model_int8.{format}"] < files[f"model_fp32.{format}"]

    test = gestures / "test"
    checked = step(edgeattn, "check", bundle, "--data", test, "--max-drop", 5, "--no-record")
    assert checked["verdict"]["passed"]
    judged = {one["file"]: one for one in checked["candidates"]}
    assert set(judged) == set(files)
    for name, one in judged.items():
        assert one["passed"], one["note"]
        assert one["accuracy"] == said(report, name)["accuracy"]  # the same file, the same photos


def step(edgeattn: Any, *words: object) -> dict[str, Any]:
    """Run one command with --json; it has to end with 0 and print one object."""
    done = edgeattn(*words, "--json")
    assert done.exit_code == 0, done.output
    facts: dict[str, Any] = json.loads(done.stdout)
    assert facts["schema_version"] == 1
    return facts


def parameters(checkpoint: Path) -> int:
    """Return how many numbers the model in a checkpoint learns."""
    return sum(one.numel() for one in load_checkpoint(checkpoint).module.parameters())


def said(report: dict[str, Any], file: str) -> dict[str, Any]:
    """Return the line of a report about one file."""
    found: dict[str, Any] = next(one for one in report["candidates"] if one["file"] == file)
    return found
