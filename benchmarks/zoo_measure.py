"""Measure one model of the zoo as a user would: `edgeattn convert`, then `edgeattn check`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child import ROOT, SOURCES
from benchmarks.zoo_row import EngineRow, ModelRow
from edgeattn.data.data import Data
from edgeattn.data.load import load_data

ENGINES = {"onnx": "onnxruntime", "tflite": "ai-edge-litert"}
TIMEOUT_S = 3600
QUICK_SAMPLES = 100
QUICK_FLAGS = ("--samples", "64", "--no-search")


@dataclass(frozen=True)
class Subject:
    """A model of the zoo whose weights are at hand.

    Attributes:
        name: In the zoo.
        dataset: What its checkpoint was trained on.
        baseline_for: The model it is the yardstick of, or None.
        checkpoint: The weights.
        sha256: Of that file.
        shipped: Whether it lies in the repository; then it is converted by its name.
        image_size: Of photos, height and width; None for other samples.
        fingerprint: Of everything that the figures depend on.
    """

    name: str
    dataset: str
    baseline_for: str | None
    checkpoint: Path
    sha256: str
    shipped: bool
    image_size: tuple[int, int] | None
    fingerprint: str


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, its report (None without one), its last words."""

    code: int
    report: dict[str, Any] | None
    last_words: str


def measure(subject: Subject, folder: Path, *, quick: bool) -> ModelRow:
    """Convert a model to both formats and check it on all samples held back.

    Args:
        subject: The model.
        folder: An empty folder for bundles and samples.
        quick: Few samples and no search for precision.
    """
    held = folder / "held-back.npz"
    samples = held_back(subject, held, quick=quick)
    flags = (*QUICK_FLAGS, "--eval", str(held)) if quick else ()
    both = convert(subject, folder / "both", tuple(ENGINES), flags)
    runs: list[tuple[Ended, Ended | None, tuple[str, ...]]] = []
    if both.report is not None:
        runs = [(both, check(folder / "both", held), tuple(ENGINES))]
    else:  # one format that fails takes the other with it: ask for each alone
        for format in ENGINES:
            one = convert(subject, folder / format, (format,), flags)
            checked = None if one.report is None else check(folder / format, held)
            runs.append((one, checked, (format,)))
    manifests = {
        format: json.loads((folder / _folder(formats) / "manifest.json").read_text("utf-8"))
        for ended, _, formats in runs
        for format in formats
        if ended.report is not None
    }
    return row_of(subject, runs, manifests, samples)


def convert(subject: Subject, out: Path, formats: Sequence[str], flags: Sequence[str]) -> Ended:
    """Run `edgeattn convert`."""
    model = subject.name if subject.shipped else str(subject.checkpoint)
    to = ("--to", ",".join(formats))
    return edgeattn("convert", model, "--out", str(out), *to, *flags)


def check(bundle: Path, held: Path) -> Ended:
    """Run `edgeattn check` on samples held back; it fails for parity alone, the drop is told."""
    return edgeattn("check", str(bundle), "--data", str(held), "--max-drop", "100")


def edgeattn(*words: str) -> Ended:
    """Run the command line in a child, as `edgeattn` would, with --json."""
    paths = os.pathsep.join(str(ROOT / part) for part in SOURCES)
    done = subprocess.run(
        [sys.executable, "-m", "edgeattn", *words, "--json", "--no-record"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True,
        errors="replace", timeout=TIMEOUT_S, check=False,
    )  # fmt: skip
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        report = None
    return Ended(done.returncode, report, " ".join(done.stderr.strip().splitlines()[-1:]))


def held_back(subject: Subject, path: Path, *, quick: bool) -> int:
    """Write the validation and test samples, which no weight has seen; return how many."""
    parts = [
        load_data(subject.dataset, image_size=subject.image_size, split=split)
        for split in ("validation", "test")
    ]
    if quick:
        parts = [parts[1].take(QUICK_SAMPLES)]
    np.savez(path, **arrays(parts))
    return sum(map(len, parts))


def arrays(parts: Sequence[Data]) -> dict[str, Any]:
    """Return samples end to end, as an .npz holds them."""
    found: dict[str, Any] = {
        name: np.concatenate([part.x[name] for part in parts]) for name in parts[0].x
    }
    if all(part.y is not None for part in parts):
        found["y"] = np.concatenate([part.y for part in parts if part.y is not None])
    if parts[0].labels is not None:
        found["labels"] = np.array(parts[0].labels)
    return found


def row_of(
    subject: Subject,
    runs: Sequence[tuple[Ended, Ended | None, Sequence[str]]],
    manifests: Mapping[str, Mapping[str, Any]],
    held: int,
) -> ModelRow:
    """Return the row of a model from what its commands printed.

    Args:
        subject: The model.
        runs: Conversion, check (None where there was nothing to check), and their formats.
        manifests: manifest.json by format, where there is a bundle.
        held: How many samples the check saw.
    """
    reports = [ended.report for ended, _, _ in runs if ended.report is not None]
    first = reports[0] if reports else None
    right, total = (None, 0) if first is None else counted(first)
    context = {} if first is None else first["context"]
    return ModelRow(
        name=subject.name,
        dataset=subject.dataset,
        baseline_for=subject.baseline_for,
        params=None if first is None else first["model"]["params"],
        macs=None if first is None else first["model"]["macs"],
        checkpoint_bytes=subject.checkpoint.stat().st_size,
        checkpoint_sha256=subject.sha256,
        shipped=subject.shipped,
        right=right,
        test_samples=total,
        fingerprint=subject.fingerprint,
        created=datetime.now(timezone.utc).date().isoformat(),
        cpu=context.get("cpu") or "",
        cpu_class=context.get("cpu_class") or "",
        disturbed=tuple(dict.fromkeys(w for r in reports for w in r["context"]["disturbed"] or ())),
        engines=tuple(
            engine_row(format, ended, checked, manifests.get(format), held)
            for ended, checked, formats in runs
            for format in formats
        ),
    )


def counted(report: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many test samples the PyTorch model gets right, and of how many.

    A file's accuracy and what it lost against PyTorch on the same samples tell it exactly.
    """
    total = int(report["data"]["evaluation_samples"])
    one = report["candidates"][0]
    return round((one["accuracy"] + one["accuracy_drop_pp"] / 100) * total), total


def engine_row(
    format: str,
    ended: Ended,
    checked: Ended | None,
    manifest: Mapping[str, Any] | None,
    held: int,
) -> EngineRow:
    """Return what was measured of one format; `held` samples were checked."""
    engine = ENGINES[format]
    if ended.report is None or manifest is None:
        return EngineRow(engine=engine, exit_code=ended.code, reason=ended.last_words)
    mine = [one for one in ended.report["candidates"] if one["engine"] == engine]
    floats = [one for one in mine if one["precision"] == "fp32"]
    fastest = min(one["latency_ms"]["p50"] for one in floats)
    own = next((one for one in floats if one["file"]), None)
    int8 = next((one for one in mine if one["file"] and one["precision"] != "fp32"), None)
    chosen = manifest["recommended"].get(format)
    common: dict[str, Any] = {
        "engine": engine,
        "exit_code": ended.code,
        "recommended": chosen and ("int8" if "int8" in chosen["file"] else "fp32"),
        "reason": chosen["reason"] if chosen else ended.report["verdict"]["reason"],
        "fp32_bytes": own and own["bytes"],
        "fp32_ms": fastest,
    }
    if int8 is None:
        return EngineRow(**common)
    return EngineRow(
        **common,
        recipe=int8["recipe"],
        int8_bytes=int8["bytes"],
        int8_ms=int8["latency_ms"]["p50"],
        speedup=fastest / int8["latency_ms"]["p50"],
        speedup_interval=_pair(int8["speedup_interval"]),
        accuracy=int8["accuracy"],
        drop_pp=int8["accuracy_drop_pp"],
        drop_interval_pp=_pair(int8["accuracy_interval_pp"]),
        top1_agreement=int8["top1_agreement"],
        sqnr_db=int8["sqnr_db"],
        int8_mac_share=int8["int8_mac_share"],
        **checked_facts(engine, checked, held),
    )


def checked_facts(engine: str, checked: Ended | None, held: int) -> dict[str, Any]:
    """Return what `edgeattn check` said of an engine's int8 file, on `held` samples."""
    if checked is None or checked.report is None:
        return {}
    one = next(
        one
        for one in checked.report["candidates"]
        if one["engine"] == engine and one["precision"] != "fp32"
    )
    return {
        "parity": bool(one["passed"]),
        "held_back_samples": held,
        "held_back_drop_pp": one["accuracy_drop_pp"],
        "held_back_interval_pp": _pair(one["accuracy_interval_pp"]),
        "held_back_agreement": one["top1_agreement"],
    }


def _pair(read: Sequence[float] | None) -> tuple[float, float] | None:
    return None if read is None else (read[0], read[1])


def _folder(formats: Sequence[str]) -> str:
    return "both" if len(formats) > 1 else formats[0]
