"""Keep some channels of a layer: its weights become smaller, in place."""

from __future__ import annotations

import torch
from torch import Tensor, nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d)
Narrowable = nn.Linear | nn.Conv1d | nn.Conv2d | nn.BatchNorm1d | nn.BatchNorm2d | nn.Embedding


def widths(layer: nn.Module) -> tuple[int, int] | None:
    """Return how many channels a layer writes and reads, or None for one that is never narrowed.

    >>> widths(nn.Linear(3, 5)), widths(nn.BatchNorm1d(4)), widths(nn.LayerNorm(4))
    ((5, 3), (4, 4), None)
    """
    if isinstance(layer, nn.Linear):
        return layer.out_features, layer.in_features
    if isinstance(layer, CONVOLUTIONS) and (layer.groups == 1 or is_depthwise(layer)):
        return layer.out_channels, layer.in_channels
    if isinstance(layer, NORMS):
        return layer.num_features, layer.num_features
    if isinstance(layer, nn.Embedding):
        return layer.embedding_dim, layer.num_embeddings
    return None


def is_depthwise(layer: nn.Module) -> bool:
    """Tell whether each channel is filtered by itself."""
    return (
        isinstance(layer, CONVOLUTIONS)
        and 1 < layer.groups == layer.in_channels == layer.out_channels
    )


def narrow(layer: nn.Module, *, out: Tensor | None = None, inside: Tensor | None = None) -> None:
    """Keep the channels `out` that a layer writes and the channels `inside` that it reads.

    Args:
        layer: Linear, Conv, BatchNorm or Embedding; changed in place.
        out: int64 [kept], or None for all. A depthwise convolution and a BatchNorm read what they
            write, so `out` settles both.
        inside: int64 [kept], or None for all; an Embedding keeps its rows.
    """
    if widths(layer) is None:
        raise TypeError(f"a {type(layer).__name__} cannot be narrowed")
    alone = is_depthwise(layer)
    if out is not None:
        for name in ("weight", "bias", "running_mean", "running_var"):
            tensor = getattr(layer, name, None)
            if tensor is not None:
                _replace(layer, name, tensor, 1 if isinstance(layer, nn.Embedding) else 0, out)
    if inside is not None and isinstance(layer, (nn.Linear, *CONVOLUTIONS)) and not alone:
        _replace(layer, "weight", layer.weight, 1, inside)
    _tell(layer, alone)


def _replace(layer: nn.Module, name: str, tensor: Tensor, axis: int, kept: Tensor) -> None:
    smaller = tensor.detach().index_select(axis, kept)
    if isinstance(tensor, nn.Parameter):
        setattr(layer, name, nn.Parameter(smaller, requires_grad=tensor.requires_grad))
    else:
        setattr(layer, name, smaller)  # a buffer


def _tell(layer: nn.Module, depthwise: bool) -> None:
    """Make the numbers that a layer keeps beside its weights agree with them."""
    if isinstance(layer, nn.Linear):
        layer.out_features, layer.in_features = layer.weight.shape
    elif isinstance(layer, CONVOLUTIONS):
        layer.out_channels = len(layer.weight)
        layer.in_channels = len(layer.weight) if depthwise else layer.weight.shape[1]
        layer.groups = len(layer.weight) if depthwise else 1
    elif isinstance(layer, NORMS):
        layer.num_features = len(torch.as_tensor(layer.running_mean))
    elif isinstance(layer, nn.Embedding):
        layer.embedding_dim = layer.weight.shape[1]
