"""Data: samples that have been looked at, with labels when there are any."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeattn.data.stratify import stratified_order
from edgeattn_runtime.errors import BadData, BadUsage

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Data:
    """N samples, checked once when they are made.

    Attributes:
        x: One array [N, ...] per model input; with a single input it may be called "x".
        y: int64 [N], the class of each sample, or None when nobody labelled them.
        labels: The name of each class, or None when they have no names.
        source: Where the samples come from, for messages and reports.

    >>> data = Data({"x": np.zeros((4, 3, 8, 8), np.float32)}, np.array([0, 1, 0, 1]), None, "demo")
    >>> len(data.take(2)), data.x["x"].shape
    (2, (4, 3, 8, 8))
    """

    x: Mapping[str, Array]
    y: Array | None
    labels: tuple[str, ...] | None
    source: str

    def __post_init__(self) -> None:
        """Check every array, so that nothing later has to."""
        if not self.x:
            raise BadData(f"{self.source} holds no input array; name one `x`")
        for name, array in self.x.items():
            _check_array(name, array, self.source)
        lengths = {name: len(array) for name, array in self.x.items()}
        if self.y is not None:
            lengths["y"] = _label_count(self.y, self.source)
        if len(set(lengths.values())) > 1:
            found = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise BadData(
                f"{self.source}: every array needs as many samples as the others; {found}"
            )
        if not len(self):
            raise BadData(f"{self.source} holds no samples; put at least one in")
        for name, array in self.x.items():
            _check_finite(name, array, self.source)
        object.__setattr__(self, "x", MappingProxyType(dict(self.x)))
        if self.y is not None:
            object.__setattr__(self, "y", _checked_labels(self.y, self.labels, self.source))

    def __len__(self) -> int:
        """The number of samples, N."""
        return len(next(iter(self.x.values())))

    def take(self, n: int, seed: int = 0) -> Data:
        """Return `n` samples, the same ones for the same seed; all of them when there are fewer.

        With labels, each class keeps its share, and a smaller `n` takes a subset of a larger one.
        """
        if n < 1:
            raise BadUsage(f"{n} samples were asked for; take at least 1")
        groups = np.zeros(len(self), np.int64) if self.y is None else self.y
        chosen = stratified_order(groups, seed)[:n]
        return Data(
            {name: array[chosen] for name, array in self.x.items()},
            None if self.y is None else self.y[chosen],
            self.labels,
            self.source,
        )

    def hashes(self) -> tuple[str, ...]:
        """Return one SHA-256 per sample, over name, type, shape and bytes of each input."""
        digests = [hashlib.sha256() for _ in range(len(self))]
        for name in sorted(self.x):
            array = self.x[name]
            header = f"{name} {array.dtype.str} {array.shape[1:]}".encode()
            for digest, sample in zip(digests, array, strict=True):
                digest.update(header)
                digest.update(np.ascontiguousarray(sample).tobytes())
        return tuple(digest.hexdigest() for digest in digests)


def _check_array(name: str, array: Array, source: str) -> None:
    if array.ndim == 0:
        raise BadData(f"{source}: `{name}` is a single number; it needs the shape [N, ...]")
    if array.dtype.kind not in "fiub":
        raise BadData(
            f"{source}: `{name}` holds {array.dtype}; inputs are floats, integers or booleans"
        )


def _check_finite(name: str, array: Array, source: str) -> None:
    if array.dtype.kind != "f":
        return
    # One sample at a time: a mask of the whole array would cost a quarter of it again.
    bad = [index for index, sample in enumerate(array) if not np.isfinite(sample).all()]
    if bad:
        raise BadData(
            f"{source}: `{name}` holds NaN or infinity in {len(bad)} of {len(array)} samples, "
            f"first in sample {bad[0]}; repair or remove them"
        )


def _label_count(y: Array, source: str) -> int:
    if y.ndim != 1:
        raise BadData(
            f"{source}: `y` has shape {list(y.shape)}; labels are one whole number per sample, [N]"
        )
    return len(y)


def _checked_labels(y: Array, labels: tuple[str, ...] | None, source: str) -> Array:
    if y.dtype.kind not in "iu" and not (y.dtype.kind == "f" and np.equal(y, np.rint(y)).all()):
        raise BadData(f"{source}: `y` holds {y.dtype} that are not whole; labels are 0..classes-1")
    if y.dtype.kind == "u" and y.size and y.max() > np.iinfo(np.int64).max:
        raise BadData(f"{source}: `y` holds {y.max()}; labels are 0..classes-1")
    whole = y.astype(np.int64)
    highest = None if labels is None else len(labels) - 1
    bad = np.flatnonzero((whole < 0) | (whole > (np.inf if highest is None else highest)))
    if bad.size:
        wanted = "0 or more" if highest is None else f"0..{highest}, one per class name"
        raise BadData(
            f"{source}: {bad.size} of {whole.size} labels lie outside {wanted}; "
            f"the first is {whole[bad[0]]} at sample {bad[0]}"
        )
    return whole
