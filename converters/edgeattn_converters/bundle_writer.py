"""Write a bundle beside its place and move it there when it is whole."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from edgeattn_converters.calibrate import Ranges
from edgeattn_converters.evidence import Array, Evidence
from edgeattn_converters.recipe import Recipe
from edgeattn_converters.recipe_text import recipe_text
from edgeattn_converters.verify import Measured
from edgeattn_runtime.errors import BadEnvironment, BadUsage
from edgeattn_runtime.manifest import Manifest, Recommendation
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.report import Report
from edgeattn_runtime.samples import Golden, Samples

EVALUATION_SAMPLES = 100
EVALUATION_BYTES = 1_000_000


@contextlib.contextmanager
def staged(out: Path, *, force: bool) -> Iterator[Path]:
    """Yield a folder beside `out` that takes its place when the block ends well.

    However the block ends, no half-written bundle is left, and an old one stays until then.

    Raises:
        BadUsage: `out` exists and `force` is off, or it is a file.
        BadEnvironment: The disk is full or the folder cannot be written.
    """
    out = out.absolute()
    check_out(out, force=force)
    with _disk(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        with _disk(out):
            yield folder
            folder.chmod(0o755)
            _replace(folder, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_out(out: Path, *, force: bool) -> None:
    """Refuse a place that is taken, before anything is computed."""
    if out.is_symlink():
        raise BadUsage(f"{out} is a link; name the folder itself, or another --out")
    if out.exists() and not out.is_dir():
        raise BadUsage(f"{out} is not a folder; name another --out")
    if out.is_dir() and any(out.iterdir()):
        if not force:
            raise BadUsage(f"{out} exists and is not empty; name another --out or add --force")
        if not (out / "manifest.json").is_file():
            raise BadUsage(
                f"{out} holds files but no bundle; --force replaces bundles only, "
                "so name another --out"
            )


def _replace(folder: Path, out: Path) -> None:
    """Move `folder` to `out`; what was there comes back when that fails, or goes when it does not.

    Between the two moves `out` does not exist: no system call swaps folders everywhere.
    """
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.old.", dir=out.parent))
    try:
        if out.exists():
            os.replace(out, old)
        os.replace(folder, out)
    except BaseException:
        if not out.exists() and any(old.iterdir()):
            os.replace(old, out)
        raise
    finally:
        if out.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:  # never delete the only bundle there is
            with contextlib.suppress(OSError):
                old.rmdir()


@contextlib.contextmanager
def _disk(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BadEnvironment(
                f"the disk that holds {out.parent} is full; free some space and run it again "
                "(nothing was left behind)"
            ) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG):
            raise BadUsage(
                f"{out} cannot be a folder ({error.strerror}); name another --out"
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM) and _beside(error, out):
            raise BadEnvironment(
                f"{out.parent} cannot be written ({error.strerror}); name another --out"
            ) from error
        raise


def _beside(error: OSError, out: Path) -> bool:
    """Tell whether an error is about the bundle's own place, not about something that was read."""
    return error.filename is None or str(error.filename).startswith(str(out.parent))


def write_files(
    folder: Path,
    shipped: tuple[Measured, ...],
    targets: Mapping[str, Recommendation] = MappingProxyType({}),
) -> tuple[ModelFile, ...]:
    """Write the model files and return their lines of the manifest; `targets` name some of them."""
    files = []
    for one in shipped:
        draft = one.draft
        (folder / draft.file).write_bytes(draft.content)
        files.append(
            ModelFile(
                name=draft.file,
                format=draft.format,
                engine=one.facts.engine,
                precision=draft.precision,
                bytes=len(draft.content),
                sha256=hashlib.sha256(draft.content).hexdigest(),
                precision_audit=draft.audit,
                recommended_for=tuple(k for k, v in targets.items() if v.file == draft.file),
                target=draft.target,
            )
        )
    return tuple(files)


def write_golden(folder: Path, shipped: tuple[Measured, ...], evidence: Evidence) -> None:
    """Write golden.npz: real inputs, the float outputs, each int8 file's expected outputs."""
    rows = evidence.golden_rows()
    Golden(
        inputs=evidence.rows(rows),
        float_outputs={name: values[rows] for name, values in evidence.outputs.items()},
        expected={one.draft.file: one.golden for one in shipped if one.draft.precision != "fp32"},
    ).write(folder / "golden.npz")


def write_evaluation(
    folder: Path, evidence: Evidence, preprocessing: tuple[Mapping[str, Any], ...]
) -> None:
    """Write eval.npz: labelled samples for a board, at most 100 and 1 MB; none without labels."""
    if evidence.y is None:
        return
    order = np.random.default_rng(0).permutation(len(evidence.y))[:EVALUATION_SAMPLES]
    pixels = _as_pixels(evidence, preprocessing)
    path = folder / "eval.npz"
    while True:
        chosen = np.sort(order)
        x = evidence.rows(chosen) if pixels is None else {k: v[chosen] for k, v in pixels.items()}
        Samples(x, evidence.y[chosen], prepared=pixels is None).write(path)
        if path.stat().st_size <= EVALUATION_BYTES:
            return
        if len(order) == 1:  # a single sample is too large to travel
            path.unlink()
            return
        fits = int(len(order) * EVALUATION_BYTES / path.stat().st_size * 0.98)
        order = order[: max(1, min(fits, len(order) - 1))]


def _as_pixels(
    evidence: Evidence, preprocessing: tuple[Mapping[str, Any], ...]
) -> dict[str, Array] | None:
    """Return uint8 [N, H, W, 3] where the inputs are photos / 255, exactly; else None.

    A quarter of the bytes, and the board runs the bundle's own preprocessing on them.
    """
    steps = [step for step in preprocessing if step["step"] not in ("resize", "crop")]
    if [step["step"] for step in steps] != ["cast", "scale", "transpose"]:
        return None
    if list(steps[2]["axes"]) != [0, 3, 1, 2] or len(evidence.x) != 1:
        return None
    ((name, values),) = evidence.x.items()
    pixels = np.rint(values / steps[1]["factor"]).clip(0, 255).astype(np.uint8)
    again = pixels.astype(steps[0]["dtype"]) * np.float32(steps[1]["factor"])
    # One unit in the last place: x / 255 and x * (1 / 255) round differently.
    if np.abs(again - values).max() > 1.2e-7:
        return None
    return {name: pixels.transpose(0, 2, 3, 1)}


def write_recipe(folder: Path, format: str, recipe: Recipe) -> None:
    """Write recipe.onnx.toml or recipe.tflite.toml: what `--recipe` repeats the int8 file with."""
    name = f"recipe.{format}.toml"
    head = f"How model_int8.{format} was quantised: edgeattn convert MODEL --recipe {name}"
    (folder / name).write_text(recipe_text(recipe, head), encoding="utf-8")


def write_documents(folder: Path, manifest: Manifest, ranges: Ranges, report: Report) -> None:
    """Write manifest.json, calibration.json and report.json."""
    (folder / "manifest.json").write_text(manifest.dumps(), encoding="utf-8")
    text = json.dumps(ranges.to_json(), indent=1, allow_nan=False)
    (folder / "calibration.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.json").write_text(report.dumps(), encoding="utf-8")
