"""Example inputs: one sample, whose shapes become the model's.

They come with the model, from the caller, or they are the first calibration sample.
"""

from __future__ import annotations

import inspect

import torch
from torch import nn

from edgeattn.data.data import Array, Data
from edgeattn.sources.loaded import LoadedModel
from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port

Examples = tuple[torch.Tensor, ...] | torch.Tensor


def parameter_names(model: nn.Module, example_inputs: Examples | None) -> tuple[str, ...]:
    """Return the parameters of `forward` that get a tensor: as many as there are examples."""
    parameters = inspect.signature(model.forward).parameters.values()
    if example_inputs is None:
        return tuple(p.name for p in parameters if p.default is p.empty)
    return tuple(p.name for p in parameters)[: len(example_inputs)]


def ports_of(loaded: LoadedModel) -> tuple[Port, ...] | None:
    """Return what the model takes, as far as its source says."""
    if loaded.example_inputs is None:
        return None
    names = loaded.input_names or tuple(f"x{i}" for i in range(len(loaded.example_inputs)))
    return tuple(
        Port(name, tuple(value.shape), str(value.dtype).removeprefix("torch."))
        for name, value in zip(names, loaded.example_inputs, strict=False)
    )


def first_sample(loaded: LoadedModel, data: Data) -> tuple[torch.Tensor, ...]:
    """Return the first sample in the order of `forward`; a single array may be called x."""
    names = loaded.input_names
    if len(data.x) == 1 and ("x" in data.x or len(names) == 1):
        return (_tensor(next(iter(data.x.values()))),)
    missing = [name for name in names if name not in data.x]
    if missing:
        raise BadData(
            f"{data.source} holds {', '.join(data.x)}, but {loaded.name} takes "
            f"{', '.join(names)}; name the arrays after the parameters of forward"
        )
    return tuple(_tensor(data.x[name]) for name in names)


def _tensor(array: Array) -> torch.Tensor:
    first = torch.from_numpy(array[:1].copy())
    return first.float() if first.dtype == torch.float64 else first
