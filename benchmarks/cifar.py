"""cifar-hybrid and the CNN of its cost, trained on JPEG files of CIFAR-10 and taken to int8.

    EDGEATTN_DATA=DIR python -m benchmarks.cifar --trainings DIR [--quick --out DIR]

Writes docs/measurements/cifar.md and .json. DIR/NAME holds the training of a model: a finished one
is read, a stopped one goes on, and a missing one begins (`edgeattn train NAME --data cifar10_jpeg
--seed 0 --out DIR/NAME` is the same). No weights ship: the data name no licence.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import tempfile
from pathlib import Path

import torch

from benchmarks.cifar_page import Trained, page
from benchmarks.record import effort_of, parse, write
from benchmarks.zoo import subject_of
from benchmarks.zoo_measure import measure
from benchmarks.zoo_row import ModelRow
from edgeattn.data.data import Array
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.loop import train
from edgeattn.training.metrics import read_metrics
from edgeattn.training.outcome import METRICS
from edgeattn.training.splits import Splits, load_splits
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.machine import context

HYBRID, CNN = "cifar-hybrid", "cifar-cnn"
DATA, SEED, BATCH = "cifar10_jpeg", 0, 250
INT8_FILE = "int8.json"  # beside a training: its row, so that a stopped benchmark goes on


def main() -> None:
    options = parse("cifar", __doc__, ("--trainings", "folder with a folder for each model"))
    if options.trainings is None:
        raise BadUsage("name a folder for the trainings with --trainings")
    effort, before = effort_of(options), context(threads=1)
    splits = load_splits(DATA)
    found = [trained(name, splits, options.trainings / name) for name in (HYBRID, CNN)]
    del splits
    rows = [converted(HYBRID, options.trainings, quick=options.quick)]
    write(
        page(found, rows),
        folder=options.out,
        effort=effort,
        before=before,
        module="cifar --trainings DIR",
    )


def trained(name: str, splits: Splits, folder: Path) -> Trained:
    """Train a model to its end, from wherever `folder` is, and look at the test photos."""
    if not is_finished(folder):
        begun = (folder / METRICS).exists()
        train(name, splits, out=folder, seed=SEED, resume=begun)
    *epochs, result = read_metrics(folder / METRICS)
    test = splits.test
    assert test is not None  # the data set has one
    return Trained(
        name,
        result["epochs"],
        sum(line["cpu_seconds"] for line in epochs),
        tuple(line["validation_accuracy"] for line in epochs),
        guesses(folder / f"{name}.pt", test.x["x"]) == test.y,
    )


def is_finished(folder: Path) -> bool:
    """Tell whether a training ended: then its last line is the result."""
    path = folder / METRICS
    return path.exists() and "result" in read_metrics(path)[-1]


def guesses(checkpoint: Path, photos: Array) -> Array:
    """Return the class a checkpoint's float model sees in each photo, int64 [photos]."""
    model, x = load_checkpoint(checkpoint).module, torch.from_numpy(photos)
    with torch.no_grad():
        parts = [model(x[start : start + BATCH]).argmax(1) for start in range(0, len(x), BATCH)]
    return torch.cat(parts).numpy()


def converted(name: str, trainings: Path, *, quick: bool) -> ModelRow:
    """Take a trained model to int8 on both engines, or return what stands beside its training.

    That is told by the weights alone: to measure them again with other code, delete the file.
    """
    subject = subject_of(name, ZOO[name], trainings, quick, context(threads=1).cpu or "")
    assert subject is not None  # its checkpoint was read a moment ago
    kept = subject.checkpoint.with_name(INT8_FILE)
    if kept.exists() and not quick:
        row = ModelRow.from_json(json.loads(kept.read_text(encoding="utf-8")))
        if row.checkpoint_sha256 == subject.sha256:
            return row
    with tempfile.TemporaryDirectory() as folder:
        row = measure(subject, Path(folder), quick=quick)
    if not quick:
        kept.write_text(json.dumps(row.to_json()), encoding="utf-8")
    return row


if __name__ == "__main__":
    main()
