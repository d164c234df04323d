"""Labelled data as the tensors that training works on: photos, audio, motion or text."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from edgeattn.data.data import Array, Data
from edgeattn.training.images import image_tensors
from edgeattn_runtime.errors import BadData


@dataclass(frozen=True, eq=False)
class Samples:
    """What a model is fed, and what it should say.

    Attributes:
        x: The inputs in the order of the model's `forward`, each [N, ...].
        y: int64 [N].
        kind: "photos" [N, channels, H, W], "audio" [N, samples], "motion" [N, channels, time] or
            "text" (ids and a mask, both [N, length]).
    """

    x: tuple[Tensor, ...]
    y: Tensor
    kind: str

    def __len__(self) -> int:
        """The number of samples, N."""
        return len(self.y)

    def rows(self, chosen: Tensor | slice) -> Samples:
        """Return the chosen samples."""
        return Samples(tuple(part[chosen] for part in self.x), self.y[chosen], self.kind)


def model_samples(data: Data, model: nn.Module, input_shape: tuple[int, ...]) -> Samples:
    """Return `data` as `model` takes it.

    Args:
        data: With labels. Several inputs go to the parameters of `forward` of the same name.
        model: Any of the zoo.
        input_shape: Of its first input, batch first.
    """
    if len(input_shape) == 4:
        x, y = image_tensors(data, input_shape[1])
        return Samples((x,), y, "photos")
    if data.y is None:
        raise BadData(f"{data.source} has no labels; training needs one per sample (`y`)")
    arrays = _in_order(data, model)
    shape = arrays[0].shape[1:]
    if shape != tuple(input_shape[1:]):
        raise BadData(
            f"{data.source} has samples of shape {list(shape)}; the model takes "
            f"{list(input_shape[1:])}"
        )
    return Samples(
        tuple(_tensor(array) for array in arrays), torch.from_numpy(data.y), kind_of(data.x)
    )


def _in_order(data: Data, model: nn.Module) -> list[Array]:
    if len(data.x) == 1:
        return list(data.x.values())
    wanted = list(inspect.signature(model.forward).parameters)
    if set(data.x) - set(wanted) or len(data.x) > len(wanted):
        raise BadData(
            f"{data.source} has the inputs {', '.join(data.x)}; the model takes {', '.join(wanted)}"
        )
    return [data.x[name] for name in wanted if name in data.x]


def kind_of(x: Mapping[str, Array]) -> str:
    """Return what the inputs of `Data` are: photos, audio, motion or text."""
    arrays = list(x.values())
    if any(array.dtype.kind in "iu" and array.ndim == 2 for array in arrays):
        return "text"
    return {4: "photos", 3: "motion"}.get(arrays[0].ndim, "audio")


def _tensor(array: Array) -> Tensor:
    tensor = torch.from_numpy(array)
    return tensor.float() if tensor.is_floating_point() else tensor
