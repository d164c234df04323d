"""Spoken digits of voices that nobody has heard: each of six speakers left out in turn.

    python -m benchmarks.speakers --out FOLDER [--page FOLDER] [--models NAME,NAME]

Trains on the official split of fsdd and on its six leave-one-speaker-out folds, with the recipe of
the model and seed 0, as `edgeattn train MODEL --data DATA --seed 0 --out FOLDER/MODEL-DATA` does.
What FOLDER holds is taken; a training that was stopped goes on. Writes
docs/measurements/speakers.md and .json.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.measuring import FULL
from benchmarks.record import OUT, Bar, Page, Table, write
from edgeattn.data.named import VARIANTS
from edgeattn.models.catalog import ZOO
from edgeattn.training.loop import train
from edgeattn.training.metrics import read_metrics
from edgeattn.training.recipes import RECIPES
from edgeattn.training.splits import load_splits
from edgeattn.training.state import FILE
from edgeattn_runtime.machine import context

MODEL = "keyword-hybrid"
SPEAKERS = VARIANTS["fsdd"][0]
DECIDERS = ("theo", "nicolas")  # on whom benchmarks/voices.py compares choices
OFFICIAL, FOLDS = 0.985, 0.82  # the bars: official split, mean over the folds
Line = dict[str, Any]  # the result of one training, as metrics.jsonl ends

LEAD = """\
Trained on fsdd and tested once, with the averaged weights of the last epoch. Official split: \
takes 0-4 of every speaker and digit test, 300 recordings, and every voice is known. Folds: all \
500 recordings of one speaker test, whom the model never heard; the five others train, anew for \
each fold. The recipe is one for all. Its choices were compared with {deciders} left out of \
training (`python -m benchmarks.voices`), so that their folds are not quite strangers to it: the \
mean over the other four is given too."""


def main() -> None:
    """Train what is missing, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speakers", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where the trainings lie")
    parser.add_argument("--page", type=Path, default=OUT, help="where the page goes")
    parser.add_argument("--models", default=MODEL, help="whose folds; the first one has the bars")
    options = parser.parse_args()
    before = context(threads=1)
    models = options.models.split(",")
    found = {name: {data: trained(name, data, options.out) for data in sets()} for name in models}
    command = "speakers --out FOLDER"
    if models != [MODEL]:
        command += f" --models {options.models}"
    write(page(found), folder=options.page, effort=FULL, before=before, module=command)


def sets() -> tuple[str, ...]:
    """Return the data of the trainings: the official split, then the folds."""
    return ("fsdd", *(f"fsdd:{speaker}" for speaker in SPEAKERS))


def trained(model: str, data: str, folder: Path) -> Line:
    """Train, or go on, or only test a training that is done; return its last line of figures."""
    out = folder / f"{model}-{data.replace(':', '-')}"
    result = train(model, load_splits(data), out=out, seed=0, resume=(out / FILE).exists())
    *epochs, line = read_metrics(result.metrics)
    return {**line, "cpu_seconds": round(sum(epoch["cpu_seconds"] for epoch in epochs), 1)}


def page(found: dict[str, dict[str, Line]]) -> Page:
    """Return the page; the bars are those of the first model."""
    first = next(iter(found.values()))
    official, folds = first["fsdd"]["test_accuracy"], of_folds(first)
    worst = min(folds, key=lambda speaker: folds[speaker])
    bars = (
        Bar("official split", f">= {OFFICIAL:.1%}", f"{official:.2%}", official >= OFFICIAL),
        Bar(
            "mean of six unheard speakers",
            f">= {FOLDS:.0%}",
            f"{mean(folds.values()):.2%} (worst: {worst}, {folds[worst]:.1%})",
            mean(folds.values()) >= FOLDS,
        ),
    )
    return Page(
        name="speakers",
        title="Keywords from voices nobody has heard",
        lead=LEAD.format(deciders=" and ".join(DECIDERS)),
        tables=(accuracies(found), trainings(found)),
        bars=bars,
        data={
            "accuracy": {
                name: {"official": lines["fsdd"]["test_accuracy"], **of_folds(lines)}
                for name, lines in found.items()
            },
            "trainings": found,
            "recipes": {name: asdict(RECIPES[name]) for name in found},
        },
    )


def of_folds(lines: dict[str, Line]) -> dict[str, float]:
    """Return the accuracy on each speaker who was left out."""
    return {speaker: lines[f"fsdd:{speaker}"]["test_accuracy"] for speaker in SPEAKERS}


def accuracies(found: dict[str, dict[str, Line]]) -> Table:
    """Return accuracy by model and speaker."""
    rows = []
    for name, lines in found.items():
        folds = of_folds(lines)
        strangers = mean(folds[speaker] for speaker in SPEAKERS if speaker not in DECIDERS)
        official = lines["fsdd"]["test_accuracy"]
        every = (official, *folds.values(), mean(folds.values()), strangers)
        rows.append((name, f"{ZOO[name].params:,}", *(f"{value:.1%}" for value in every)))
    means = "mean of the six", f"without {' and '.join(DECIDERS)}"
    head = ("model", "weights", "official split", *SPEAKERS, *means)
    return Table("Accuracy", head, tuple(rows), "Of 300 recordings, and of 500 a speaker.")


def trainings(found: dict[str, dict[str, Line]]) -> Table:
    """Return what each training took, and how well it knew voices it had heard."""
    rows = tuple(
        (name, data, str(line["epochs"]), f"{line['validation_accuracy']:.1%}",
         f"{line['test_f1']:.1%}", f"{line['cpu_seconds']:.0f}")
        for name, lines in found.items()
        for data, line in lines.items()
    )  # fmt: skip
    head = ("model", "data", "epochs", "validation, known voices", "test, macro F1", "CPU s")
    return Table("Trainings", head, rows)


if __name__ == "__main__":
    main()
