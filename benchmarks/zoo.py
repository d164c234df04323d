"""Every model of the zoo through `edgeattn convert` and `edgeattn check`, int8 on both engines.

    python -m benchmarks.zoo [--only NAME,...] [--trained DIR] [--again | --kept]
                             [--quick --out DIR]

Writes docs/measurements/zoo.md and .json after each model, the package's own figures
(edgeattn/models/catalog/measured.json), and the README's table. A model whose weights, code,
engines and machine are those of its row in zoo.json is not measured again, so that a stopped
report goes on where it stopped; `--kept` looks at the weights alone, `--again` at nothing.
`--trained` names the folder of `edgeattn train NAME --out DIR/NAME`, for models that ship without
weights. `--quick` is to try it out: few samples, no search for precision.
"""

from __future__ import annotations

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import functools
import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks import readme
from benchmarks.child import ROOT
from benchmarks.library import without_library
from benchmarks.measuring import FULL, QUICK
from benchmarks.peers.store import meaning
from benchmarks.record import OUT, versions, write
from benchmarks.zoo_measure import Subject, measure
from benchmarks.zoo_page import page
from benchmarks.zoo_row import ModelRow
from edgeattn.models.catalog import ZOO, ZooEntry
from edgeattn.models.catalog.measured import MEASURED, write_figures
from edgeattn.models.checkpoint import Checkpoint, load_checkpoint
from edgeattn_runtime.machine import context

CODE = (
    "converters/edgeattn_converters", "runtime/edgeattn_runtime", "edgeattn/sources",
    "edgeattn/data", "edgeattn/conversion.py", "edgeattn/bundle_samples.py",
)  # fmt: skip
NO_WEIGHTS = "no weights here; train it and name their folder with --trained"


def main() -> None:
    with without_library():  # the same files as on a machine without a C++ compiler
        report(parsed(sys.argv[1:]))


def report(options: argparse.Namespace) -> None:
    """Measure what is due, and write."""
    before = context(threads=1)
    rows = kept_rows(options.out / "zoo.json")
    effort = QUICK if options.quick else FULL
    for name in options.only:
        subject = subject_of(name, ZOO[name], options.trained, options.quick, before.cpu or "")
        if subject is None or not due(rows.get(name), subject, options.again, options.kept):
            continue
        say(f"{name}: converting and checking")
        with tempfile.TemporaryDirectory() as folder:
            rows[name] = measure(subject, Path(folder), quick=options.quick)
        made = page(*in_order(rows))
        write(made, folder=options.out, effort=effort, before=before, module="zoo")
        say(f"{name}: {summary(rows[name])}")
    if not rows:
        say("nothing was measured: no weights are here")
    elif options.out == OUT:
        write_figures(
            {name: found for name, row in rows.items() if (found := row.figures())}, MEASURED
        )
        readme.main()


def due(row: ModelRow | None, subject: Subject, again: bool, kept: bool) -> bool:
    """Return whether a model is to be measured."""
    if row is None or again:
        return True
    if kept:
        return row.checkpoint_sha256 != subject.sha256
    return row.fingerprint != subject.fingerprint


def kept_rows(path: Path) -> dict[str, ModelRow]:
    """Return the rows of an earlier report by model; those that left the zoo are gone."""
    if not path.exists():
        return {}
    read = json.loads(path.read_text(encoding="utf-8"))["models"]
    return {one["name"]: ModelRow.from_json(one) for one in read if one["name"] in ZOO}


def in_order(rows: dict[str, ModelRow]) -> tuple[list[ModelRow], dict[str, str]]:
    """Return the rows in the order of the zoo, and why others are missing."""
    return (
        [rows[name] for name in ZOO if name in rows],
        {name: NO_WEIGHTS for name in ZOO if name not in rows},
    )


def subject_of(
    name: str, entry: ZooEntry, trained: Path | None, quick: bool, cpu: str
) -> Subject | None:
    """Return a model with its weights: those that ship, else those in `trained`, or None."""
    path = entry.checkpoint_path() if entry.checkpoint else trained_path(name, trained)
    if path is None:
        return None
    loaded = load_checkpoint(path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    shape = entry.input_shape
    return Subject(
        name=name,
        dataset=loaded.dataset or entry.dataset,
        baseline_for=entry.baseline_for,
        checkpoint=path,
        sha256=sha256,
        shipped=entry.checkpoint is not None,
        image_size=(shape[-2], shape[-1]) if len(shape) == 4 else None,
        fingerprint=fingerprint(sha256, loaded, quick, cpu),
    )


def trained_path(name: str, folder: Path | None) -> Path | None:
    """Return the checkpoint of a model in a folder of trainings, or None."""
    places = () if folder is None else (folder / name / f"{name}.pt", folder / f"{name}.pt")
    return next((place for place in places if place.is_file()), None)


def fingerprint(sha256: str, loaded: Checkpoint, quick: bool, cpu: str) -> str:
    """Return what a row depends on, in 16 hexadecimal digits.

    Weights, engines, machine, and what the code does: the converters, the runtime, the samples, and
    the files in which the model's layers are written.
    """
    facts = {"weights": sha256, "versions": versions(), "quick": quick, "cpu": cpu}
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for path in sorted({*sources(), *layers(loaded)}):
        digest.update(done_by(path))
    return digest.hexdigest()[:16]


@functools.cache
def done_by(path: Path) -> bytes:
    """Return what a Python file does, as bytes; comments and line breaks are not among it."""
    return meaning(path.read_text(encoding="utf-8")).encode()


def sources() -> Iterator[Path]:
    """Yield the code that every conversion runs through."""
    for place in CODE:
        path = ROOT / place
        yield from path.rglob("*.py") if path.is_dir() else (path,)


def layers(loaded: Checkpoint) -> Iterator[Path]:
    """Yield the files of ours in which a model's modules are written."""
    for part in loaded.module.modules():
        module = sys.modules[type(part).__module__]
        if module.__name__.startswith("edgeattn.") and module.__file__:
            yield Path(module.__file__)


def summary(row: ModelRow) -> str:
    """Return a model's result in a line."""
    engines = ", ".join(
        f"{one.engine} {one.reason}"
        if one.speedup is None or one.top1_agreement is None
        else f"{one.engine} {one.speedup:.2f}x, agrees {one.top1_agreement:.2%}"
        for one in row.engines
    )
    return f"{'-' if row.accuracy is None else format(row.accuracy, '.2%')}; {engines}"


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """Return the options; models by name, all by default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.zoo", description=__doc__)
    parser.add_argument("--only", help=f"models: {', '.join(ZOO)}")
    parser.add_argument("--trained", type=Path, help="where weights lie that do not ship")
    parser.add_argument("--quick", action="store_true", help="few samples; needs --out")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--again", action="store_true", help="measure also what stands")
    which.add_argument("--kept", action="store_true", help="measure what has new weights alone")
    parser.add_argument("--out", type=Path, default=OUT, help="where the page goes")
    options = parser.parse_args(words)
    if options.quick and options.out.resolve() == OUT:
        parser.error("--quick is to try it out; say with --out where its page may go")
    options.only = tuple(ZOO) if options.only is None else tuple(options.only.split(","))
    for name in options.only:
        if name not in ZOO:
            parser.error(f"--only: there is no {name!r}; choose from {', '.join(ZOO)}")
    return options


def say(words: str) -> None:
    """Tell what goes on, a line a step."""
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
