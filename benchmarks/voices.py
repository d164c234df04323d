"""Change one choice of keyword-hybrid at a time, and hear two voices that training did not.

    python -m benchmarks.voices [--epochs 10] [--only NAME,NAME]

Trains on takes 10-49 of four speakers of fsdd, and counts on all 500 recordings of each of the two
others. Each finished training is a line in docs/measurements/voices.jsonl, so a run that was
stopped goes on where it stopped; docs/measurements/voices.md is written from those lines.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.record import OUT
from benchmarks.speakers import DECIDERS, MODEL
from edgeattn.data.data import Data
from edgeattn.data.load import load_data
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.training.augment_audio import AudioAugmentation
from edgeattn.training.evaluate import confusion
from edgeattn.training.loop import train
from edgeattn.training.metrics import read_metrics
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import RECIPES
from edgeattn.training.samples import model_samples
from edgeattn.training.splits import Splits

BASE = RECIPES[MODEL]
assert isinstance(BASE.augmentation, AudioAugmentation)
VOICE: AudioAugmentation = BASE.augmentation


@dataclass(frozen=True)
class Choice:
    """One training that differs from the recipe in one thing."""

    what: str
    arguments: dict[str, Any] = field(default_factory=dict)
    recipe: TrainingRecipe = BASE


def varied(**changes: float) -> TrainingRecipe:
    """Return the recipe with another augmentation."""
    return replace(BASE, augmentation=replace(VOICE, **changes))  # type: ignore[arg-type]


CHOICES = {
    "recipe": Choice("the recipe"),
    "same-voices": Choice(
        "formants and microphone as they are", recipe=varied(formants=0.0, equaliser_db=0.0)
    ),
    "no-formants": Choice("formants as they are", recipe=varied(formants=0.0)),
    "no-equaliser": Choice("microphone as it is", recipe=varied(equaliser_db=0.0)),
    "stronger": Choice(
        "formants up to 0.3, speed up to 0.25", recipe=varied(formants=0.3, speed=0.25)
    ),
    "nothing": Choice("no augmentation at all", recipe=replace(BASE, augmentation=None)),
    "reach-10": Choice("silence e^10 below the loudest", {"reach": 10.0}),
    "mixup": Choice("mixup 0.2", recipe=replace(BASE, mixup=0.2)),
    "convolution": Choice("convolutions where it attends", {"body": "convolution"}),
    "recurrence": Choice("a recurrent unit where it attends", {"body": "recurrence"}),
}


def main() -> None:
    """Train what is missing, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.voices", description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--only", default=",".join(CHOICES))
    parser.add_argument("--page", type=Path, default=OUT, help="where lines and page go")
    options = parser.parse_args()
    file = options.page / "voices.jsonl"
    data, unheard = without(DECIDERS)
    for name in options.only.split(","):
        done = read_metrics(file) if file.exists() else []
        if any(line["choice"] == name for line in done):
            continue
        line = measured(name, options.epochs, data, unheard)
        with file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
    (options.page / "voices.md").write_text(page(read_metrics(file)), encoding="utf-8")


def without(speakers: tuple[str, ...]) -> tuple[Splits, dict[str, Data]]:
    """Return fsdd without `speakers`, and all recordings of each of them."""
    unheard = {name: load_data(f"fsdd:{name}", split="test") for name in speakers}
    strange = {digest for data in unheard.values() for digest in data.hashes()}

    def others(split: str) -> Data:
        data = load_data(f"fsdd:{speakers[0]}", split=split)
        kept = np.array([digest not in strange for digest in data.hashes()])
        assert data.y is not None  # fsdd has labels
        return Data({"x": data.x["x"][kept]}, data.y[kept], data.labels, data.source)

    return Splits(f"fsdd without {speakers}", others("train"), others("validation")), unheard


def measured(name: str, epochs: int, data: Splits, unheard: dict[str, Data]) -> dict[str, Any]:
    """Return the line of one choice."""
    choice = CHOICES[name]
    with tempfile.TemporaryDirectory() as folder:
        result = train(
            MODEL, data, out=Path(folder), epochs=epochs, seed=0,
            recipe=choice.recipe, arguments=choice.arguments,
        )  # fmt: skip
        model = load_checkpoint(result.checkpoint).module
        lines = read_metrics(result.metrics)[:-1]
    right = {}
    for speaker, test in unheard.items():
        table = confusion(model, model_samples(test, model, (1, 8000)), 10)
        right[speaker] = round(float(np.trace(np.asarray(table))) / len(test), 4)
    return {
        "choice": name,
        "epochs": epochs,
        **right,
        "validation_accuracy": result.validation_accuracy,
        "cpu_seconds": round(sum(line["cpu_seconds"] for line in lines), 1),
    }


PAGE = """# Choices of {model}, heard by voices that did not train it

Made by `python -m benchmarks.voices`; the lines are in voices.jsonl. Each row differs from the
first in what it names, was trained for {epochs} epochs (short: only differences count) on four
speakers, seed 0, and was measured on all 500 recordings of each of the two others, and on other
takes of the four it knows. Rows closer than two points may be chance.

| choice | mean | {speakers} | known voices | CPU s |
|---|---|{lines}---|---|
{rows}
"""


def page(lines: list[dict[str, Any]]) -> str:
    """Return the page, rows in the order of `CHOICES`."""
    rows = []
    for line in sorted(lines, key=lambda line: list(CHOICES).index(line["choice"])):
        each = [line[speaker] for speaker in DECIDERS]
        cells = (sum(each) / len(each), *each, line["validation_accuracy"])
        shares = " | ".join(f"{value:.1%}" for value in cells)
        rows.append(f"| {CHOICES[line['choice']].what} | {shares} | {line['cpu_seconds']:.0f} |")
    return PAGE.format(
        model=MODEL,
        epochs=", ".join(str(count) for count in sorted({line["epochs"] for line in lines})),
        speakers=" | ".join(DECIDERS),
        lines="---|" * len(DECIDERS),
        rows="\n".join(rows),
    )


if __name__ == "__main__":
    main()
