"""Sentences of similar length in one batch, and no more columns than the longest of them needs.

Rows are as long as the longest sentence of a data set, and most sentences are a fifth of that. A
model that takes rows of any length says so (`any_length = True`), and trains that much faster.

Source: bucketing by length, Khomenko et al. 2016, "Accelerating Recurrent Neural Network Training
using Sequence Bucketing and Multi-GPU Data Parallelization", arXiv:1708.05604.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor, nn

from edgeattn.training.samples import Samples

TOGETHER = 50
"""Batches that are sorted as one: few enough that their samples still meet by chance."""


def any_length(model: nn.Module, samples: Samples) -> bool:
    """Return whether these rows may be cut for this model."""
    return samples.kind == "text" and len(samples.x) == 2 and getattr(model, "any_length", False)


def alike(batches: Tensor, samples: Samples, generator: Generator) -> Tensor:
    """Return the same samples with similar lengths in one batch, the batches by chance.

    Args:
        batches: Rows of `samples`, int64 [batches, batch].
        samples: Text: ids and a mask.
        generator: The same seed gives the same order.
    """
    lengths = samples.x[1].sum(1)
    sorted_ones = [
        part.flatten()[lengths[part.flatten()].argsort(stable=True)].view_as(part)
        for part in torch.split(batches, TOGETHER)
    ]
    return torch.cat(sorted_ones)[torch.randperm(len(batches), generator=generator)]


def cut_padding(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return ids and mask without the last columns in which no sentence has a piece."""
    used = inputs[1].any(0).nonzero()
    columns = int(used.max()) + 1 if len(used) else 1
    return tuple(part[:, :columns] for part in inputs)
