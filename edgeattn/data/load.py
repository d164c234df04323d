"""What the user typed after `--data`, `--calib` or `--eval` -> Data."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from edgeattn.data.archive import load_archive
from edgeattn.data.data import Data
from edgeattn.data.folder import load_folder
from edgeattn.data.named import NAMES, is_named, load_named
from edgeattn.data.recordings import Clip
from edgeattn_runtime.errors import BadData, BadUsage

LONGEST_PATH = 4096  # PATH_MAX of Linux, in characters here


def load_data(
    spec: str,
    *,
    image_size: tuple[int, int] | None = None,
    clip: Clip | None = None,
    split: str | None = None,
    samples: int | None = None,
    on_broken: Callable[[tuple[str, ...]], None] | None = None,
) -> Data:
    """Return the samples that `spec` names.

    Args:
        spec: A data set (`fsdd`, or `fsdd:theo` for a variant of it), a folder of class folders,
            or an `.npz` file.
        image_size: Height and width for a folder of images.
        clip: Length and rate for a folder of recordings.
        split: "train", "validation" or "test". A named data set without it gives "test"; an
            `.npz` has no splits.
        samples: At most so many, each class in its share; from a folder only these are decoded.
        on_broken: Told which files of a folder are broken, which are then left out; None refuses
            them.
    """
    if samples is not None and samples < 1:
        raise BadUsage(f"{samples} samples were asked for; take at least 1")
    if not spec:
        raise BadUsage("no data was named; give a data set, a folder or an .npz file")
    if len(spec) > LONGEST_PATH or "\0" in spec:
        raise BadUsage(f"{spec[:40]!r}... cannot be a path; give a data set, a folder or an .npz")
    path = Path(spec).expanduser()
    if is_named(spec):
        data = load_named(spec, split or "test")
    elif path.is_dir():
        return load_folder(
            path,
            image_size=image_size,
            clip=clip,
            split=split,
            samples=samples,
            on_broken=on_broken,
        )
    elif path.is_file():
        data = load_archive(_npz(path))
    elif path.exists():
        raise BadData(f"{spec} is neither a folder nor an ordinary file; hand in an .npz")
    else:
        raise _not_found(spec)
    return data if samples is None or samples >= len(data) else data.take(samples)


def _npz(path: Path) -> Path:
    if path.suffix.lower() != ".npz":
        raise BadData(
            f"{path.name} is no .npz file; hand in an .npz with `x` and `y`, or a folder of class "
            "folders"
        )
    return path


def _not_found(spec: str) -> BadData | BadUsage:
    if "/" in spec or spec.endswith(".npz"):
        return BadData(f"{spec} does not exist; check the path")
    near = difflib.get_close_matches(spec, NAMES, n=1)
    hint = f"did you mean {near[0]}" if near else f"data sets are {', '.join(NAMES)}"
    return BadUsage(f"{spec} is neither a data set, a folder nor an .npz file; {hint}")
