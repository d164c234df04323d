"""How many samples a model gets right, and what it takes the others for."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.training.processes import ALONE, Processes
from edgeattn.training.samples import Samples

BATCH = 128


def accuracy(model: nn.Module, x: Tensor, y: Tensor) -> float:
    """Return the share of samples whose largest logit is the label; the model ends in eval mode."""
    model.eval()
    with torch.no_grad():
        guesses = [model(x[start : start + BATCH]).argmax(1) for start in range(0, len(x), BATCH)]
    return float((torch.cat(guesses) == y).double().mean())


def confusion(
    model: nn.Module, samples: Samples, classes: int, processes: Processes = ALONE
) -> Tensor:
    """Return how often each class was called what, int64 [was, called]; ends in eval mode.

    Several processes share the work by whole batches, so that nobody's numbers change.
    """
    model.eval()
    counts = torch.zeros(classes * classes, dtype=torch.int64)
    starts = range(0, len(samples), BATCH)[processes.rank :: processes.size]
    with torch.no_grad():
        for start in starts:
            batch = samples.rows(slice(start, start + BATCH))
            called = model(*batch.x).argmax(1)
            counts += torch.bincount(batch.y * classes + called, minlength=classes * classes)
    return processes.sum(counts).view(classes, classes)
