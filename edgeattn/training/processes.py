"""Several processes that train one model: each takes its part of every batch.

`torchrun` starts them and says who is who; nothing here starts a process. Gradients are summed, so
a step is that of the whole batch, and every process ends with the same weights. Running statistics
of BatchNorm are averaged: each process normalises its part of the batch by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Processes:
    """Who this process is among those that train together.

    Attributes:
        rank: From 0; only 0 writes files.
        size: How many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Tell whether this is the one that writes."""
        return self.rank == 0

    def part(self, count: int) -> slice:
        """Return which of `count` samples are this process's; parts differ by one at most.

        >>> [Processes(rank, 3).part(8) for rank in range(3)]
        [slice(0, 3, None), slice(3, 6, None), slice(6, 8, None)]
        """
        small, more = divmod(count, self.size)
        start = self.rank * small + min(self.rank, more)
        return slice(start, start + small + (self.rank < more))

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum of every process's `values`, the same in all."""
        if self.size > 1:
            values = values.clone()
            dist.all_reduce(values)
        return values

    def sum_gradients(self, model: nn.Module) -> None:
        """Give every process the sum of all gradients."""
        if self.size > 1:
            self._sum_in_place(w.grad for w in model.parameters() if w.grad is not None)

    def average_statistics(self, model: nn.Module) -> None:
        """Give every process the mean of all running statistics."""
        if self.size > 1:
            floats = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
            self._sum_in_place(floats)
            for buffer in floats:
                buffer.div_(self.size)

    def _sum_in_place(self, tensors: Iterable[Tensor]) -> None:
        """Sum in one message: many small ones would wait for each other."""
        parts = list(tensors)
        if not parts:
            return
        joined = torch.cat([part.flatten() for part in parts])
        dist.all_reduce(joined)
        for part, summed in zip(
            parts, torch.split(joined, [p.numel() for p in parts]), strict=True
        ):
            part.copy_(summed.view_as(part))


ALONE = Processes()


@contextmanager
def joined(environment: Mapping[str, str] = os.environ) -> Iterator[Processes]:
    """Join the processes that `torchrun` started, and leave them at the end.

    Without `torchrun`, or with one process, this one is alone and nothing is opened.
    """
    size = int(environment.get("WORLD_SIZE", "1"))
    if size == 1 or dist.is_initialized():
        yield Processes(dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else ALONE
        return
    # Its functions take the group of the moment as their default argument. Imported only later, by
    # an optimiser's first step, they would keep the group and its threads alive behind its end; and
    # a thread that frees its last tensor while the interpreter shuts down aborts the process.
    import torch.distributed.nn  # noqa: F401

    dist.init_process_group("gloo")  # rank, size and address come from torchrun's variables
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
