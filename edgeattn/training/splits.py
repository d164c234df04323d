"""What a training needs of a data set: samples to learn from, and others to look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from edgeattn.data.data import Data
from edgeattn.data.listing import folder_splits
from edgeattn.data.load import load_data
from edgeattn.data.named import is_named
from edgeattn.data.recordings import Clip
from edgeattn.data.stratify import stratified_order
from edgeattn_runtime.errors import BadData

VALIDATION_SHARE = 0.2  # of data that comes without splits of its own


@dataclass(frozen=True, eq=False)
class Splits:
    """Three sets without a common sample.

    Attributes:
        name: The data set, as it was typed.
        train: What the weights are fitted to.
        validation: What is looked at after each epoch.
        test: What is looked at once, at the end; None where nobody kept any back.
    """

    name: str
    train: Data
    validation: Data
    test: Data | None = None


def load_splits(
    spec: str,
    *,
    image_size: tuple[int, int] | None = None,
    clip: Clip | None = None,
    on_broken: Callable[[tuple[str, ...]], None] | None = None,
) -> Splits:
    """Return the splits of a named data set or of a folder that has them, or divide the samples.

    A folder may hold `train/`, `validation/` and `test/`. Without a validation set, a fifth of each
    class is held back for it, the same samples every time. Whoever has a test set apart from all
    this gives it to `edgeattn convert --eval`.

    Args:
        spec: A data set, a folder or an `.npz`.
        image_size: Height and width for a folder of images.
        clip: Length and rate for a folder of recordings.
        on_broken: Told which files of a folder are broken, which are then left out.
    """
    if is_named(spec):
        parts = (load_data(spec, split=part) for part in ("train", "validation", "test"))
        return Splits(spec, *parts)
    path = Path(spec).expanduser()
    found = folder_splits(path) if path.is_dir() else ()
    loaded = {
        part: load_data(spec, image_size=image_size, clip=clip, split=part, on_broken=on_broken)
        for part in {"train": None, **dict.fromkeys(found)}
    }
    if "validation" in loaded:
        splits = Splits(spec, loaded["train"], loaded["validation"], loaded.get("test"))
    else:
        splits = replace(hold_back(spec, loaded["train"]), test=loaded.get("test"))
    for name, part in loaded.items():
        if part.labels != splits.train.labels:
            odd = sorted(set(part.labels or ()) ^ set(splits.train.labels or ()))
            raise BadData(
                f"{name} and train in {path.name} differ in {len(odd)} class folders, first "
                f"{odd[0]}; give every split the same ones"
            )
    return splits


def hold_back(name: str, data: Data, share: float = VALIDATION_SHARE) -> Splits:
    """Divide `data` in two; each class gives about its share of the smaller part."""
    if data.y is None:
        raise BadData(f"{data.source} has no labels; training needs one per sample (`y`)")
    aside = round(len(data) * share)
    if aside < 1 or aside >= len(data):
        raise BadData(
            f"{data.source} has {len(data)} samples, too few to hold {share:.0%} back; "
            "give at least 5"
        )
    order = stratified_order(data.y, 0)
    return Splits(name, _part(data, order[aside:]), _part(data, order[:aside]))


def _part(data: Data, chosen: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Data:
    assert data.y is not None  # hold_back has looked
    rows = np.sort(chosen)
    x = {name: array[rows] for name, array in data.x.items()}
    return Data(x, data.y[rows], data.labels, data.source)
