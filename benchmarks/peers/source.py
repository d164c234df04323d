"""What every tool gets: the model, the calibration samples, and what it will be judged on.

A source is a folder in the cache, made once for the model's exact weights and samples:

    calibration.npz   by input name, [N, ...]
    evaluation.npz    the same, other samples
    reference.npy     PyTorch's float answers [N, classes], sample by sample
    labels.npy        class numbers [N], for a trained model only
    float.onnx        torch.onnx.export(..., dynamo=True)
    source.json       input names in the order of `forward`, seconds and hash of the export

This file needs NumPy alone: some tools' environments have no PyTorch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Source:
    """A model of the bench with its samples, on disk.

    Attributes:
        name: Of NAMES.
        folder: Where its files lie.
    """

    name: str
    folder: Path

    @property
    def onnx(self) -> Path:
        """PyTorch's own export."""
        return self.folder / "float.onnx"

    def told(self) -> dict[str, Any]:
        """Return source.json."""
        read: dict[str, Any] = json.loads((self.folder / "source.json").read_text())
        return read

    def samples(self, which: str) -> dict[str, Array]:
        """Return "calibration" or "evaluation" by input name, in the order of `forward`."""
        with np.load(self.folder / f"{which}.npz") as archive:
            return {name: archive[name] for name in self.told()["inputs"]}

    def reference(self) -> Array:
        """Return the float model's answers [N, classes]."""
        found: Array = np.load(self.folder / "reference.npy")
        return found

    def labels(self) -> Array | None:
        """Return class numbers [N], or None where the model is not trained."""
        path = self.folder / "labels.npy"
        return np.load(path) if path.exists() else None

    def key(self) -> str:
        """Return what its model, samples and export are."""
        return f"{self.folder.name} {self.told()['onnx_sha256']}"
