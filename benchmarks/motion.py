"""Train the zoo's models of motion, for the phone and for the watch, and judge them by person.

    pip install 'edgeattn[baselines]' && python -m benchmarks.motion --out FOLDER [--quick]

FOLDER keeps each training, as `edgeattn train NAME --data D --seed 0 --out FOLDER/NAME` leaves it
(the hybrids' with `--teacher FOLDER/GRU/GRU.pt`, the recurrent model of the same device); one that
was stopped goes on, and one that ended is only measured. Writes docs/measurements/motion.md and
.json; without scikit-learn one row less. Nothing is timed: a busy machine gives the same page.
`make zoo-report` says what becomes of the models in int8.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.measuring import FULL, QUICK
from benchmarks.motion_features import extra_trees, features
from benchmarks.motion_page import SHARES, TREES, Found, page
from benchmarks.record import OUT, write
from edgeattn.data.data import Data
from edgeattn.data.motion import DEVICES, LABELS, read_recordings
from edgeattn.data.named import dataset_folder
from edgeattn.data.sp_sw_har import HOPS, LENGTH, RATE, TEST_SUBJECTS, normalisation
from edgeattn.data.windows import even_rate, windows
from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.loop import train
from edgeattn.training.outcome import METRICS
from edgeattn.training.splits import Splits, load_splits
from edgeattn.training.state import FILE
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.machine import context

DATA = {"phone": "sp_sw_har", "watch": "sp_sw_har:watch"}
# Of the two baselines the one with the better macro F1 on the validation people, on both devices.
TEACHERS = {"motion-hybrid": "motion-gru", "motion-hybrid-watch": "motion-gru-watch"}
MODELS = {
    device: tuple(name for name, entry in ZOO.items() if entry.dataset == data)
    for device, data in DATA.items()
}
Numbers = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Windows:
    """The test split in the order of `load_sp_sw_har`.

    Attributes:
        people: int64 [N].
        shares: float [N], of the samples of each window, those with its label.
    """

    people: Numbers
    shares: NDArray[np.float64]


def main() -> None:
    options = parsed()
    before = context(threads=1)
    found = [one for device in DEVICES for one in on_device(device, options.out, options.quick)]
    write(
        page(found),
        folder=options.page,
        effort=QUICK if options.quick else FULL,
        before=before,
        module="motion --out FOLDER",
    )


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.motion", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="keeps trainings and bundles")
    parser.add_argument("--page", type=Path, default=OUT, help="where the page goes")
    parser.add_argument("--quick", action="store_true", help="one epoch, to try it out")
    return parser.parse_args()


def on_device(device: str, out: Path, quick: bool) -> list[Found]:
    """Return what every classifier reaches on one device."""
    splits, described = load_splits(DATA[device]), described_windows(device)
    taught_last = sorted(MODELS[device], key=lambda name: name in TEACHERS)
    seen = {name: look_at(name, device, splits, described, out, quick) for name in taught_last}
    found = [seen[name] for name in MODELS[device]]
    try:
        return [*found, trees(device, splits, described)]
    except BadEnvironment:  # scikit-learn is an extra
        return found


def described_windows(device: str) -> Windows:
    """Return who is in which test window, and how sure its label is."""
    people: list[int] = []
    shares: list[float] = []
    for one in read_recordings(dataset_folder("sp_sw_har")):
        if one.device != device or one.subject not in TEST_SUBJECTS:
            continue
        samples, labels = even_rate(one.samples, one.labels, one.seconds, RATE)
        _, most = windows(samples, labels, LENGTH, HOPS["test"])
        for number, label in enumerate(most):
            start = number * HOPS["test"]
            people.append(one.subject)
            shares.append(float((labels[start : start + LENGTH] == label).mean()))
    return Windows(people=np.array(people), shares=np.array(shares))


def look_at(
    name: str, device: str, splits: Splits, described: Windows, out: Path, quick: bool
) -> Found:
    """Train a model, or go on with its training, and judge it."""
    folder, teacher = out / name, TEACHERS.get(name)
    result = train(
        name,
        splits,
        out=folder,
        epochs=1 if quick else None,
        resume=(folder / FILE).exists(),
        teacher=None if teacher is None else out / teacher / f"{teacher}.pt",
    )
    lines = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    assert splits.test is not None  # sp_sw_har has one
    module = load_checkpoint(result.checkpoint).module
    with torch.no_grad():
        called = module(torch.from_numpy(splits.test.x["x"])).argmax(1).numpy()
    return judged(
        name, device, splits.test, described, called,
        params=ZOO[name].params, epochs=result.epochs,
        validation=lines[-1]["validation_accuracy"],
    )  # fmt: skip


def trees(device: str, splits: Splits, described: Windows) -> Found:
    """Fit trees to the training split."""
    forest = extra_trees()
    assert splits.test is not None  # sp_sw_har has one
    forest.fit(features(real(splits.train, device)), splits.train.y)
    called = forest.predict(features(real(splits.test, device)))
    return judged(TREES, device, splits.test, described, called)


def real(data: Data, device: str) -> NDArray[np.float32]:
    """Return the windows in m/s^2 and rad/s."""
    mean, std = (np.array(values, np.float32)[:, None] for values in normalisation(device))
    there: NDArray[np.float32] = data.x["x"] * std + mean
    return there


def judged(
    name: str,
    device: str,
    test: Data,
    described: Windows,
    called: Numbers,
    *,
    params: int | None = None,
    epochs: int | None = None,
    validation: float | None = None,
) -> Found:
    """Return what was right, as a whole, by person and by how sure the label is."""
    assert test.y is not None  # every window has a label
    matrix = np.zeros((len(LABELS), len(LABELS)), np.int64)
    np.add.at(matrix, (test.y, called), 1)
    right = called == test.y
    return Found(
        name=name,
        device=device,
        params=params,
        epochs=epochs,
        validation=validation,
        confusion=matrix.tolist(),
        by_person={
            int(person): float(right[described.people == person].mean())
            for person in np.unique(described.people)
        },
        by_share=[
            float(right[(described.shares >= low) & (described.shares < high)].mean())
            for low, high in SHARES
        ],
    )


if __name__ == "__main__":
    main()
