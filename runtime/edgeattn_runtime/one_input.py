"""`run`: one input out of a file, and its answer in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port
from edgeattn_runtime.samples import Samples
from edgeattn_runtime.table import align

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array


def read_one_input(bundle: Bundle, path: Path | None) -> dict[str, Array]:
    """Return one sample, ready to be fed: the file's first, or the first golden one.

    Raises:
        BadData: The file is not there, is no array, or holds too few inputs.
    """
    ports = bundle.manifest.inputs
    if path is None:
        return bundle.golden().first(ports)
    if path.suffix == ".npz":
        x = Samples.read(path, inputs=tuple(port.name for port in ports)).x
    elif len(ports) > 1:
        raise BadData(f"the model takes {len(ports)} inputs; pass an .npz with one array for each")
    else:
        try:
            x = {ports[0].name: np.load(path, allow_pickle=False)}
        except FileNotFoundError as error:
            raise BadData(f"there is no file {path}; check the path") from error
        except (ValueError, EOFError) as error:
            raise BadData(
                f"{path.name} is no readable .npy; decode photos, sound and text elsewhere, and "
                "write the array with `numpy.save`"
            ) from error
    return {port.name: _first(x[port.name], port) for port in ports}


def _first(value: Array, port: Port) -> Array:
    """Return the first batch of an array, which may come without its batch axis."""
    return (value[None] if value.ndim == len(port.shape) - 1 else value)[: port.shape[0]]


def answer(logits: Array, labels: tuple[str, ...] | None) -> list[str]:
    """Return the five likeliest classes, or the numbers when there are no classes."""
    if logits.ndim != 2 or logits.shape[1] < 2:
        return [np.array2string(logits, precision=4, threshold=50)]
    row = logits[0].astype(np.float64)
    exp = np.exp(row - row.max())
    share = exp / exp.sum()
    rows = []
    for i in np.argsort(-row)[:5]:
        name = labels[i] if labels is not None and i < len(labels) else f"class {i}"
        rows.append([name, f"{share[i]:.1%}", f"{row[i]:.3f}"])
    return align([["class", "share", "logit"], *rows])
