"""A trained model of our own: by its name in the zoo, or from a checkpoint file."""

from __future__ import annotations

import difflib
import inspect
from pathlib import Path

import torch
from torch import nn

from edgeattn.models.catalog import ZOO
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.sources.file import checked_file
from edgeattn.sources.loaded import LoadedModel
from edgeattn_converters.trained import Trained
from edgeattn_runtime.errors import BadUsage


def load_from_zoo(name: str) -> LoadedModel:
    """Return a model of the zoo with its trained weights."""
    if name not in ZOO:
        near = difflib.get_close_matches(name, ZOO, n=1)
        hint = f"did you mean {near[0]}" if near else f"the zoo has {', '.join(ZOO)}"
        raise BadUsage(
            f"{name} is neither a model of the zoo nor a model file; {hint}; others come as "
            "file.py:FACTORY, .pt2 or .onnx"
        )
    return _load(ZOO[name].checkpoint_path(), kind="zoo")


def load_from_checkpoint(path: Path) -> LoadedModel:
    """Return the model in a checkpoint that `edgeattn train` or `edgeattn prune` wrote."""
    return _load(checked_file(path), kind="checkpoint")


def _load(path: Path, kind: str) -> LoadedModel:
    checkpoint = load_checkpoint(path)
    entry = ZOO.get(checkpoint.model)
    module = checkpoint.module.eval()
    names = tuple(inspect.signature(module.forward).parameters)
    examples = None if entry is None else example_of(module, entry.input_shape)
    return LoadedModel(
        module,
        name=checkpoint.model,
        kind=kind,
        example_inputs=examples,
        input_names=names[: len(examples or names[:1])],
        labels=checkpoint.labels,
        preprocessing=checkpoint.preprocessing,
        dataset=checkpoint.dataset,
        trained=None if checkpoint.qat is None else Trained.from_plain(checkpoint.qat, path.name),
    )


def example_of(module: nn.Module, shape: tuple[int, ...]) -> tuple[torch.Tensor, ...]:
    """Return one sample: noise, or for text the vocabulary's first pieces, and all of them stand.

    The ids have 32 bits: engines look rows up by them, and they are half the bytes of torch's own.

    Args:
        module: A model of the zoo; one for text takes `ids` and `mask`.
        shape: Of its first input, batch first.
    """
    if list(inspect.signature(module.forward).parameters)[:2] == ["ids", "mask"]:
        ids = torch.arange(shape[1], dtype=torch.int32).repeat(shape[0], 1)
        return ids, torch.ones(shape)
    return (torch.randn(shape, generator=torch.Generator().manual_seed(0)),)
