"""Train the zoo's models of text, and a linear SVM on the same sentences beside them.

    pip install 'edgeattn[baselines]' && python -m benchmarks.intents --out FOLDER [--quick]

FOLDER keeps what was done: each training, as `edgeattn train NAME --data D --seed 0 --out
FOLDER/NAME` leaves it, its bundle, and what the SVMs got right. What was stopped goes on. Writes
docs/measurements/intents.md and .json. Nothing is timed: a busy machine gives the same page.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib.metadata
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measuring import FULL, QUICK
from benchmarks.record import OUT, Bar, Page, Table, write
from benchmarks.text_baseline import measure
from benchmarks.zoo_row import LARGEST_DROP_PP, LEAST_AGREEMENT
from edgeattn.audit.comparison import wilson
from edgeattn.conversion import convert
from edgeattn.models.catalog import ZOO
from edgeattn.training.loop import train
from edgeattn.training.outcome import METRICS
from edgeattn.training.splits import load_splits
from edgeattn.training.state import FILE
from edgeattn_runtime.machine import context

MODELS = tuple(name for name, entry in ZOO.items() if entry.dataset in ("banking77", "clinc150"))
ENGINES = ("onnxruntime", "ai-edge-litert")
FEATURES = "words and letters"  # the harder of the two baselines
BEHIND_PP = 1.5  # no more points below it than this
LARGEST = 2_000_000  # parameters

LEAD = """\
Models of the zoo on whole test splits, of clinc150 in scope, beside TF-IDF over words, pairs and \
letters and scikit-learn {version}'s LinearSVC, fitted to the same training sentences \
(docs/measurements/text-baseline.md). Accuracies are in PyTorch, with Wilson's 95 % interval; what \
was chosen was chosen on validation sentences. Agreement and drop are those of the int8 files on \
the test split, the drop against PyTorch with its paired 95 % interval."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one model of text reached.

    Attributes:
        name: In the zoo.
        data: What it was trained on.
        baseline_for: The model it is the yardstick of, or None.
        params: Parameters.
        bytes: Of its checkpoint.
        epochs: Of its training.
        validation: Share of the validation sentences that is right.
        right: Test sentences that are right.
        tested: Of so many.
        svm: Share that the SVM gets right.
        int8: By engine, the candidate of report.json that is int8: agreement, drop, interval.
    """

    name: str
    data: str
    baseline_for: str | None
    params: int
    bytes: int
    epochs: int
    validation: float
    right: int
    tested: int
    svm: float
    int8: dict[str, dict[str, Any]]

    @property
    def accuracy(self) -> float:
        """Share of the test sentences that is right."""
        return self.right / self.tested


def main() -> None:
    options = parsed()
    before = context(threads=1)
    found = [look_at(name, options.out, quick=options.quick) for name in MODELS]
    write(
        page(found),
        folder=options.page,
        effort=QUICK if options.quick else FULL,
        before=before,
        module="intents --out FOLDER",
    )


def parsed() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intents", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="keeps trainings and bundles")
    parser.add_argument("--page", type=Path, default=OUT, help="where the page goes")
    parser.add_argument("--quick", action="store_true", help="one epoch, to try it out")
    return parser.parse_args()


def look_at(name: str, out: Path, *, quick: bool) -> Found:
    """Train a model, or go on with its training, convert it, and fit the SVM."""
    entry, folder = ZOO[name], out / name
    result = train(
        name,
        load_splits(entry.dataset),
        out=folder,
        epochs=1 if quick else None,
        resume=(folder / FILE).exists(),
    )
    assert result.test_accuracy is not None  # both data sets have a test split
    report = report_of(result.checkpoint, out / f"{name}-bundle")
    lines = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    return Found(
        name=name,
        data=entry.dataset,
        baseline_for=entry.baseline_for,
        params=report["model"]["params"],
        bytes=result.checkpoint.stat().st_size,
        epochs=result.epochs,
        validation=lines[-1]["validation_accuracy"],
        right=round(result.test_accuracy * result.test_samples),
        tested=result.test_samples,
        svm=svm_of(entry.dataset, out),
        int8=int8_files(report),
    )


def report_of(checkpoint: Path, bundle: Path) -> dict[str, Any]:
    """Return the report of a checkpoint's bundle, which is made where it is missing or older."""
    path = bundle / "report.json"
    if not path.exists() or path.stat().st_mtime < checkpoint.stat().st_mtime:
        convert(str(checkpoint), out=bundle, force=True)
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def svm_of(data: str, out: Path) -> float:
    """Return the share of test sentences that the SVM gets right, fitted to the training split."""
    path = out / f"svm-{data}.json"
    version = importlib.metadata.version("scikit-learn")
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["scikit-learn"] == version:
            return float(kept["train"])
    share = measure(data, FEATURES).train
    path.write_text(json.dumps({"scikit-learn": version, "train": share}), encoding="utf-8")
    return share


def int8_files(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what the report says of the int8 file of each engine."""
    found: dict[str, dict[str, Any]] = {}
    for one in report["candidates"]:
        if one["precision"] != "int8" or one["file"] is None:
            continue
        keys = ("recipe", "top1_agreement", "accuracy_drop_pp", "accuracy_interval_pp", "bytes")
        found[one["engine"]] = {key: one[key] for key in keys}
    return found


def page(found: list[Found]) -> Page:
    """Return the page."""
    bars = [bar for one in found if one.baseline_for is None for bar in bars_of(one)]
    accuracy = Table(
        "Accuracy on the test split",
        ("model", "data", "parameters", "checkpoint", "epochs", "validation", "test",
         "95 % interval", "SVM", "points above it"),
        tuple(accuracy_row(one) for one in found),
        "The SVM is fitted to the training split, as the models are.",
    )  # fmt: skip
    int8 = Table(
        "int8",
        ("model", "engine", "recipe", "bytes", "agreement", "drop in points", "95 % interval"),
        tuple(row for one in found for row in int8_rows(one)),
    )
    version = importlib.metadata.version("scikit-learn")
    return Page(
        name="intents",
        title="Small transformers and a linear SVM on two sets of requests",
        lead=LEAD.format(version=version),
        tables=(accuracy, int8),
        bars=tuple(bars),
        data={"scikit-learn": version, "models": [asdict(one) for one in found]},
    )


def bars_of(one: Found) -> list[Bar]:
    """Return the goals of one model."""
    ahead = 100 * (one.accuracy - one.svm)
    both = len(one.int8) == len(ENGINES)
    least = min((file["top1_agreement"] for file in one.int8.values()), default=0.0)
    highest = max((file["accuracy_interval_pp"][1] for file in one.int8.values()), default=100.0)
    agreement, drop = f">= {LEAST_AGREEMENT:.1%}", f"ends below {LARGEST_DROP_PP} point"
    return [
        Bar(f"{one.name}: parameters", f"<= {LARGEST:,}", f"{one.params:,}", one.params <= LARGEST),
        Bar(
            f"{one.name}: accuracy, against the SVM", f">= -{BEHIND_PP} points",
            f"{ahead:+.2f} points", ahead >= -BEHIND_PP,
        ),
        Bar(
            f"{one.name}: int8 top-1 agreement, both engines", agreement, f"{least:.2%}",
            both and least >= LEAST_AGREEMENT,
        ),
        Bar(
            f"{one.name}: interval of the int8 drop, both engines", drop, f"{highest:.2f} points",
            both and highest < LARGEST_DROP_PP,
        ),
    ]  # fmt: skip


def accuracy_row(one: Found) -> tuple[str, ...]:
    """Return the cells of one model."""
    low, high = wilson(one.right, one.tested)
    return (
        one.name + (f", baseline of {one.baseline_for}" if one.baseline_for else ""),
        one.data, f"{one.params:,}", f"{one.bytes / 1e6:.2f} MB", str(one.epochs),
        f"{one.validation:.2%}", f"{one.accuracy:.2%}", f"{low:.2%} to {high:.2%}",
        f"{one.svm:.2%}", f"{100 * (one.accuracy - one.svm):+.2f}",
    )  # fmt: skip


def int8_rows(one: Found) -> list[tuple[str, ...]]:
    """Return the cells of its int8 files."""
    return [
        (
            one.name, engine, file["recipe"], f"{file['bytes']:,}",
            f"{file['top1_agreement']:.2%}", f"{file['accuracy_drop_pp']:.2f}",
            "{:.2f} to {:.2f}".format(*file["accuracy_interval_pp"]),
        )
        for engine, file in one.int8.items()
    ]  # fmt: skip


if __name__ == "__main__":
    main()
