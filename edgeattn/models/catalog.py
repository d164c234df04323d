"""The zoo: every model by name, with what one wants to know before loading it.

Nothing here imports PyTorch, so that listing the zoo is quick.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeattn_runtime.errors import BadUsage

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, kw_only=True)
class ZooEntry:
    """A model of the zoo.

    Attributes:
        summary: What it is, in one line.
        build: Makes the untrained model from keyword arguments; all have defaults.
        dataset: The data set it is trained and measured on.
        preprocessing: Steps from a decoded sample to the input, as in the bundle's manifest.
        input_shape: Shape of the input, batch first.
        checkpoint: File of the trained weights in edgeattn/models/checkpoints, or None.
        accuracy: Share of the data set's test split that the checkpoint gets right, or None.
        params: Weights and biases, those of the normalisations included.
        macs: Multiply-accumulates per sample: convolutions, Linears and the attention core.
    """

    summary: str
    build: Callable[..., nn.Module]
    dataset: str
    preprocessing: tuple[dict[str, Any], ...]
    input_shape: tuple[int, ...]
    checkpoint: str | None
    accuracy: float | None
    params: int
    macs: int

    def checkpoint_path(self) -> Path:
        """Return where the trained weights lie."""
        if self.checkpoint is None:
            raise BadUsage("this model ships without weights; `edgeattn train` makes them")
        return Path(str(resources.files("edgeattn") / "models" / "checkpoints" / self.checkpoint))


def _hybrid(**arguments: Any) -> nn.Module:
    from edgeattn.models.hybrid import Hybrid

    return Hybrid(**arguments)


ZOO: dict[str, ZooEntry] = {
    "gesture-hybrid": ZooEntry(
        summary="Convolutions, then attention over 64 tokens: ten hand signs in 64x64 photos.",
        build=_hybrid,
        dataset="gestures",
        preprocessing=(
            {"step": "resize", "size": [64, 64]},
            {"step": "cast", "dtype": "float32"},
            {"step": "scale", "factor": 1 / 255},
            {"step": "transpose", "axes": [0, 3, 1, 2]},
        ),
        input_shape=(1, 3, 64, 64),
        checkpoint="gesture-hybrid.pt",
        accuracy=537 / 545,
        params=437_866,
        macs=37_061_888,
    ),
}


def zoo_entry(name: str) -> ZooEntry:
    """Return the entry of that name, or say which names there are."""
    try:
        return ZOO[name]
    except KeyError:
        raise BadUsage(f"the zoo has no model {name!r}; it has {', '.join(ZOO)}") from None
