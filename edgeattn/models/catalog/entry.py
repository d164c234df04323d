"""What one wants to know of a model before loading it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeattn_runtime.errors import BadUsage

if TYPE_CHECKING:
    from torch import nn

Steps = tuple[dict[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class ZooEntry:
    """A model of the zoo.

    Attributes:
        summary: What it is, in one line.
        build: Makes the untrained model from keyword arguments; all have defaults.
        dataset: The data set it is trained and measured on, by name.
        preprocessing: Steps from a decoded sample to the input, as in the bundle's manifest, or
            what returns them where they are large or lie beside the data.
        input_shape: Shape of the first input, batch first. Text has a mask of the same shape too.
        checkpoint: File of the trained weights in edgeattn/models/checkpoints, or None.
        accuracy: Share of the data set's test split that the checkpoint gets right, or None.
        params: Weights and biases, those of the normalisations included.
        macs: Multiply-accumulates per sample: convolutions, Linears and the attention core.
        baseline_for: The model of the zoo that this one is the yardstick of, or None.
        teacher: The model of the zoo that taught this one (`--teacher`), or None.
        half: Whether training rounds the weights it keeps to float16, for half the file.
    """

    summary: str
    build: Callable[..., nn.Module]
    dataset: str
    preprocessing: Steps | Callable[[], Steps]
    input_shape: tuple[int, ...]
    checkpoint: str | None
    accuracy: float | None
    params: int
    macs: int
    baseline_for: str | None = None
    teacher: str | None = None
    half: bool = False

    def checkpoint_path(self) -> Path:
        """Return where the trained weights lie."""
        if self.checkpoint is None:
            raise BadUsage("this model ships without weights; `edgeattn train` makes them")
        return Path(str(resources.files("edgeattn") / "models" / "checkpoints" / self.checkpoint))

    def steps(self) -> Steps:
        """Return the preprocessing."""
        return self.preprocessing() if callable(self.preprocessing) else self.preprocessing
