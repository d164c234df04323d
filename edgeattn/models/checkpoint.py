"""Trained weights in a file, with all that is needed to use them.

    {schema, model, arguments, preprocessing, labels, dataset, state_dict[, qat]}

`model` is a name in the zoo, `arguments` are what its builder was called with. Matrices that hold
numbers of float16 alone are stored as float16, and come back as float32, bit for bit. The file is
read with weights_only=True, so that a checkpoint from a stranger cannot run code.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from edgeattn.models.catalog import ZOO
from edgeattn.models.half import narrowest
from edgeattn.models.pruned import build
from edgeattn_runtime.errors import BrokenModel

SCHEMA = 1
FIELDS = ("model", "arguments", "preprocessing", "labels", "dataset", "state_dict")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained model and what belongs to it.

    Attributes:
        module: The model in eval mode; it carries `.labels` and `.preprocessing` too.
        model: Its name in the zoo.
        arguments: What its builder was called with, widths of pruned layers included.
        preprocessing: Steps from a decoded sample to the input, as in the bundle's manifest.
        labels: The name of each class, or None.
        dataset: What it was trained on, or None.
        qat: What quantisation-aware training found beside the float weights, or None; see
            edgeattn_converters.trained.
    """

    module: nn.Module
    model: str
    arguments: dict[str, Any]
    preprocessing: tuple[dict[str, Any], ...]
    labels: tuple[str, ...] | None
    dataset: str | None
    qat: dict[str, Any] | None = None


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write the file beside its place, then move it there: never half a checkpoint."""
    content = {
        "schema": SCHEMA,
        "model": checkpoint.model,
        "arguments": dict(checkpoint.arguments),
        "preprocessing": list(checkpoint.preprocessing),
        "labels": None if checkpoint.labels is None else list(checkpoint.labels),
        "dataset": checkpoint.dataset,
        "state_dict": {
            name: narrowest(weight.contiguous())
            for name, weight in checkpoint.module.state_dict().items()
        },
    }
    if checkpoint.qat is not None:
        content["qat"] = checkpoint.qat
    write_beside(content, path)


def write_beside(content: dict[str, Any], path: Path) -> None:
    """Save `content` with torch under another name in the same folder, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def load_checkpoint(path: Path) -> Checkpoint:
    """Return the model in `path` with its weights, in eval mode."""
    content = read_plain(path)
    missing = [name for name in FIELDS if name not in content]
    if "schema" not in content or missing:
        raise BrokenModel(
            f"{path.name} is no checkpoint of edgeattn: {', '.join(missing) or 'schema'} missing; "
            "hand in a file that `edgeattn train` wrote, or a `file.py:factory` that loads yours"
        )
    if content["schema"] != SCHEMA:
        raise BrokenModel(
            f"{path.name} has schema {content['schema']}, this version reads {SCHEMA}; "
            "update edgeattn or train again"
        )
    labels = content["labels"]
    checkpoint = Checkpoint(
        module=_build(content, path).eval(),
        model=content["model"],
        arguments=content["arguments"],
        preprocessing=tuple(content["preprocessing"]),
        labels=None if labels is None else tuple(labels),
        dataset=content["dataset"],
        qat=content.get("qat"),
    )
    # The factory convention of edgeattn.sources: what belongs to a model travels on it.
    vars(checkpoint.module).update(labels=checkpoint.labels, preprocessing=checkpoint.preprocessing)
    return checkpoint


def read_plain(path: Path) -> dict[str, Any]:
    """Return the dict in a file of torch.save, reading nothing but tensors and plain values."""
    _check_archive(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BrokenModel(
            f"{path.name} holds code or objects, which are never loaded; "
            "hand in a file that `edgeattn train` wrote"
        ) from error
    except (RuntimeError, EOFError, ValueError, KeyError) as error:
        raise BrokenModel(
            f"{path.name} is a zip file, but no checkpoint ({error}); "
            "hand in a file that `edgeattn train` wrote"
        ) from error
    if not isinstance(content, dict):
        raise BrokenModel(
            f"{path.name} holds a {type(content).__name__}, no checkpoint of edgeattn; "
            "hand in a file that `edgeattn train` wrote"
        )
    return content


def _check_archive(path: Path) -> None:
    """Refuse what is no whole zip file, as torch.save writes; torch.load looks at no checksum."""
    if not path.is_file():
        raise BrokenModel(f"{path} does not exist; check the path, or train it first")
    with path.open("rb") as file:
        start = file.read(2)
    if start not in (b"PK", b""):
        raise BrokenModel(
            f"{path.name} is no checkpoint: it begins with {start!r}, not with b'PK'; "
            "hand in a file that `edgeattn train` wrote"
        )
    try:
        with zipfile.ZipFile(path) as archive:
            altered = archive.testzip()
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise BrokenModel(
            f"{path.name} with {path.stat().st_size} bytes is cut short or damaged; "
            "copy it again, or train again"
        ) from error
    if altered is not None:
        raise BrokenModel(
            f"{path.name} with {path.stat().st_size} bytes is damaged in {altered}, whose checksum "
            "does not fit; copy it again, or train again"
        )


def _build(content: dict[str, Any], path: Path) -> nn.Module:
    """Make the model and fill in the weights; both must fit exactly."""
    name, weights = content["model"], content["state_dict"]
    if name not in ZOO:
        raise BrokenModel(
            f"{path.name} is for the model {name!r}; this version knows {', '.join(ZOO)}"
        )
    try:
        module = build(ZOO[name].build, content["arguments"])
    except (AttributeError, TypeError, ValueError) as error:
        raise BrokenModel(
            f"{path.name}: {name} cannot be built from its arguments ({error}); train again"
        ) from error
    _check_weights(module.state_dict(), weights, path)
    module.load_state_dict(weights)
    return module


def _check_weights(wanted: dict[str, Tensor], found: dict[str, Tensor], path: Path) -> None:
    bad = [
        key
        for key in wanted.keys() | found.keys()
        if key not in wanted or key not in found or wanted[key].shape != found[key].shape
    ]
    if bad:
        raise BrokenModel(
            f"{path.name}: {len(bad)} of {len(wanted)} weights are missing, unknown or of another "
            f"shape, first {min(bad)}; they belong to another model or other arguments"
        )
    infinite = [key for key, value in found.items() if not torch.isfinite(value).all()]
    if infinite:
        raise BrokenModel(
            f"{path.name}: {len(infinite)} weights hold NaN or infinity, first {min(infinite)}; "
            "train again"
        )
