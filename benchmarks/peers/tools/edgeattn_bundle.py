"""EdgeAttn's own files, as `edgeattn convert` makes them: the whole bundle, measured and checked.

Runs in EdgeAttn's environment. The recommended int8 file is the bundle's choice among its variants;
where the bundle recommends float, its int8 file still stands in the table and the note says so.
"""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers.preparing import example, module
from benchmarks.peers.tools.order import Order, run_tool
from edgeattn.conversion import convert
from edgeattn.sources.example import parameter_names

FORMATS = ("onnx", "tflite")
FLOAT_CORE = "float-core"  # in a recipe's name: QK' and PV are float
SECONDS_NOTE = "seconds are those of a bundle of both formats, measuring included"

Archives = tuple[Path, Path]


def make(order: Order) -> None:
    """Make all files; a format that cannot be converted does not take the other with it."""
    archives = written_samples(order)
    float_core: dict[str, bool] = {}
    for recipe in ("int8", "int8-core"):
        both, seconds = both_formats(order, archives, recipe)
        for format in FORMATS:
            with order.making(f"{format} {recipe}", f"{recipe}.{format}", seconds) as making:
                bundle = both or bundle_of(order, archives, (format,), recipe)
                name = take(bundle, format, "int8", making.path)
                making.note = recommendation(bundle, format) or SECONDS_NOTE
                if recipe == "int8":
                    float_core[format] = FLOAT_CORE in recipe_of(bundle, name)
                elif float_core.get(format) and same(making.path, order.out / f"int8.{format}"):
                    raise LookupError("no such variant: on this engine QK' and PV stay float")
            if recipe == "int8":
                with order.making(f"{format} fp32", f"fp32.{format}", seconds) as making:
                    alone = order.out / f"{format}-{recipe}"
                    take(both or alone, format, "fp32", making.path)


def written_samples(order: Order) -> Archives:
    """Write both sets under the names of the module's own parameters."""
    model = module(order.source.name)
    paths = []
    for which in ("calibration", "evaluation"):
        samples = order.source.samples(which)
        names = parameter_names(model, example(samples))
        arrays: dict[str, Any] = dict(zip(names, samples.values(), strict=True))
        labels = order.source.labels()
        if which == "evaluation" and labels is not None:
            arrays["y"] = labels
        path = order.out / f"{which}.npz"
        np.savez(path, **arrays)
        paths.append(path)
    return paths[0], paths[1]


def both_formats(order: Order, archives: Archives, recipe: str) -> tuple[Path | None, float]:
    """Return a bundle of both formats and its seconds; None where one of them cannot be made."""
    started = time.perf_counter()
    try:
        return bundle_of(order, archives, FORMATS, recipe), time.perf_counter() - started
    except Exception:  # each format is tried alone then, and says itself what stops it
        return None, 0.0


def bundle_of(order: Order, archives: Archives, formats: tuple[str, ...], recipe: str) -> Path:
    """Convert with every default but the gate: an untrained model has no accuracy to lose."""
    trained = order.source.labels() is not None
    calibration, evaluation = archives
    out = order.out / f"{'-'.join(formats)}-{recipe}"
    convert(
        module(order.source.name),
        example(order.source.samples("calibration")),
        out=out, formats=formats, calib=calibration, evaluation=evaluation, recipe=recipe,
        max_drop=1.0 if trained else None, force=True,
    )  # fmt: skip
    return out


def manifest(bundle: Path) -> dict[str, Any]:
    """Return manifest.json."""
    read: dict[str, Any] = json.loads((bundle / "manifest.json").read_text())
    return read


def take(bundle: Path, format: str, precision: str, path: Path) -> str:
    """Copy the bundle's file of that precision, the recommended one of several; return its name."""
    told = manifest(bundle)
    chosen = told["recommended"].get(format, {}).get("file")
    fitting = [
        file["name"]
        for file in told["files"]
        if file["format"] == format and (file["precision"] == "fp32") == (precision == "fp32")
    ]
    if not fitting:
        raise LookupError(f"the bundle holds no {precision} file")
    name = str(chosen if chosen in fitting else fitting[0])
    shutil.copy(bundle / name, path)
    return name


def recipe_of(bundle: Path, name: str) -> str:
    """Return the recipe of one of the bundle's files, as its report has it."""
    report = json.loads((bundle / "report.json").read_text())
    return next((str(one["recipe"]) for one in report["candidates"] if one["file"] == name), "")


def same(a: Path, b: Path) -> bool:
    """Tell whether two files hold the same bytes."""
    return a.read_bytes() == b.read_bytes()


def recommendation(bundle: Path, format: str) -> str:
    """Return a note where the bundle does not recommend its int8 file."""
    chosen = manifest(bundle)["recommended"].get(format, {}).get("file", "")
    if "int8" in chosen:
        return ""
    return f"the bundle recommends {chosen or 'no file'}"


if __name__ == "__main__":
    run_tool(make)
