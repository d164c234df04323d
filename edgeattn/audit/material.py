"""The samples of an audit: some to learn from, others to choose by, others to judge on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from edgeattn.audit.signal import Signal
from edgeattn.data.balance import check_classes
from edgeattn.data.choice import FEWEST
from edgeattn.data.data import Array, Data
from edgeattn.data.listing import descend, is_recording, list_files
from edgeattn.data.named import is_named
from edgeattn.data.recordings import Clip
from edgeattn.models.keyword import RATE
from edgeattn.training.recipe import TrainingRecipe
from edgeattn.training.recipes import recipe_for
from edgeattn.training.samples import Samples, kind_of
from edgeattn.training.splits import Splits, hold_back, load_splits
from edgeattn.training.start import number_of_classes
from edgeattn_runtime.errors import BadData

SIDE = 64  # pixels, for a folder of photos of any size
FEWEST_SAMPLES = 2048  # of a sound: sixteen frames
LONGEST_TEXT = 256
CALIBRATION = 256


@dataclass(frozen=True, eq=False)
class Material:
    """Three sets without a common sample, and what their samples are.

    Attributes:
        splits: As they were read; the test set is never None.
        signal: What one sample is.
        train: As tensors.
        validation: Likewise: the best of each camp is chosen by these.
        test: Likewise: looked at once.
        recipe: How all candidates are trained, but for the number of epochs.
        normalisation: Of motion by name: mean and deviation of each channel.
        own_test: Whether the data came with a test set; else a fifth of each class was held back.
    """

    splits: Splits
    signal: Signal
    train: Samples
    validation: Samples
    test: Samples
    recipe: TrainingRecipe
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] | None
    own_test: bool

    @property
    def names(self) -> tuple[str, ...]:
        """What a candidate calls its inputs."""
        return ("ids", "mask") if self.signal.masked else ("x",)

    @property
    def example(self) -> tuple[Tensor, ...]:
        """The first training sample, batch first."""
        return tuple(part[:1] for part in self.train.x)

    def arrays(self, samples: Samples) -> dict[str, Array]:
        """Return samples as the conversion takes them: arrays by input name."""
        return {name: part.numpy() for name, part in zip(self.names, samples.x, strict=True)}

    def calibration(self) -> dict[str, Array]:
        """Return some training samples, each class in its share."""
        chosen = self.splits.train.take(CALIBRATION)
        return self.arrays(_samples(chosen, self.signal))

    def majority(self) -> float:
        """Return the share of the test samples that are of their commonest class."""
        return float(self.test.y.bincount().max()) / len(self.test)


def load_material(spec: str, *, image_size: int = SIDE) -> Material:
    """Return the samples that `spec` names, each kind as the candidates take it.

    Args:
        spec: A data set's name, a folder of class folders (photos, or recordings of one second at
            8 kHz), or an `.npz`.
        image_size: Height and width for a folder of photos.

    Raises:
        BadData: No labels, one class, or samples that are neither photos, sound, motion nor text.
    """
    path = Path(spec).expanduser()
    sounds = not is_named(spec) and path.is_dir() and _holds_sound(path)
    splits = load_splits(
        spec,
        image_size=None if sounds else (image_size, image_size),
        clip=Clip(RATE, RATE) if sounds else None,
    )
    own_test = splits.test is not None
    if not own_test:  # what was held back so far will test, and some of the rest validate
        rest = hold_back(spec, splits.train)
        splits = replace(rest, test=splits.validation)
    check_classes(splits.train)
    assert splits.test is not None
    signal = signal_of(splits)
    if len(splits.test) < FEWEST:
        raise BadData(
            f"{splits.test.source} leaves {len(splits.test)} samples to test with, too few to tell "
            f"models apart; at least {FEWEST} are needed, some hundreds decide something"
        )
    train, validation, test = (
        _samples(part, signal) for part in (splits.train, splits.validation, splits.test)
    )
    return Material(
        splits,
        signal,
        train,
        validation,
        test,
        _recipe(spec, signal, train),
        _normalisation(spec),
        own_test,
    )


def signal_of(splits: Splits) -> Signal:
    """Return what the samples are, or say why no candidate could take them."""
    data = splits.train
    kind, classes = kind_of(data.x), number_of_classes(splits)
    names, arrays = tuple(data.x), tuple(data.x.values())
    if kind == "text":
        if names not in (("ids", "mask"), names[:1]):
            raise BadData(
                f"{data.source} has the inputs {', '.join(names)}; an audit reads text as `ids` "
                "alone, or with `mask`"
            )
        sets = (splits.train, splits.validation, splits.test)
        largest = max(int(part.x[names[0]].max()) for part in sets if part is not None)
        smallest = min(int(part.x[names[0]].min()) for part in sets if part is not None)
        length = arrays[0].shape[1]
        if smallest < 0 or length > LONGEST_TEXT:
            raise BadData(
                f"{data.source} has ids from {smallest} and rows of {length}; an audit reads ids "
                f"from 0 and at most {LONGEST_TEXT} of them"
            )
        return Signal(kind, (length,), classes, largest + 1, masked=len(names) == 2)
    if len(names) > 1:
        raise BadData(
            f"{data.source} has the inputs {', '.join(names)}; an audit compares models of one "
            "input, or of text with its mask"
        )
    shape = tuple(arrays[0].shape[1:])
    if arrays[0].dtype.kind != "f" or (kind == "audio" and len(shape) != 1):
        raise BadData(
            f"{data.source} has samples of {arrays[0].dtype} {list(shape)}; an audit reads floats: "
            "photos [channels, H, W], sound [samples], motion [channels, time]; or ids of text"
        )
    if kind == "audio" and shape[0] < FEWEST_SAMPLES:
        raise BadData(
            f"{data.source} has samples of {shape[0]} numbers, and a sound has at least "
            f"{FEWEST_SAMPLES}; what has no neighbours in time or space gives attention nothing "
            "to look at"
        )
    signal = Signal(kind, shape, classes)
    if 0 in (classes, *shape, *signal.tokens):
        raise BadData(
            f"{data.source} has samples of {list(shape)}, too narrow to be looked at in patches of "
            f"{2**signal.halvings}; give samples that are wider"
        )
    return signal


def _samples(data: Data, signal: Signal) -> Samples:
    """Return a part as tensors; photos must lie in [0, 1]."""
    if data.y is None:
        raise BadData(f"{data.source} has no labels; an audit needs one per sample (`y`)")
    if signal.kind == "photos":
        x = next(iter(data.x.values()))
        if x.min() < 0 or x.max() > 1:
            raise BadData(
                f"{data.source} has photos with values from {x.min():g} to {x.max():g}; give "
                "pixels / 255, in [0, 1]"
            )
    parts = []
    for array in data.x.values():
        whole = array.astype(np.int32) if array.dtype.kind in "iu" else array.astype(np.float32)
        parts.append(torch.from_numpy(whole))
    return Samples(tuple(parts), torch.from_numpy(data.y), signal.kind)


def _recipe(spec: str, signal: Signal, train: Samples) -> TrainingRecipe:
    """Return the usual recipe of that kind; samples nobody knows are changed less."""
    recipe = recipe_for("", signal.kind)
    known = is_named(spec)
    loud = signal.kind == "audio" and float(train.x[0].abs().max()) > 1
    # Turning channels needs to know which are which, dropping pieces which id is the unknown one.
    unsafe = signal.kind in ("motion", "text") and not known
    if loud or unsafe:
        recipe = replace(recipe, augmentation=None)
    # One epoch of warm-up: it does not depend on how many follow, so it can be timed and kept.
    return replace(recipe, warm_up_epochs=1.0, dropout=0.0, patience=None)


def _normalisation(spec: str) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    name, _, variant = spec.partition(":")
    if name != "sp_sw_har":
        return None
    from edgeattn.data.sp_sw_har import normalisation

    return normalisation(variant or "phone")


def _holds_sound(folder: Path) -> bool:
    files = list_files(descend(folder, "train")).files
    return bool(files) and is_recording(files[0])
