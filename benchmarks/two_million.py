"""A hybrid of two million parameters with random weights, to see what a conversion costs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from edgeattn.models.hybrid import Hybrid


def build() -> tuple[nn.Module, tuple[Tensor]]:
    """Return the model, 2.0 M parameters, and one example input [1, 3, 64, 64].

    The weights are random, the same ones every time; BatchNorms have seen noise, so that their
    statistics are those of their inputs.
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Hybrid(widths=(32, 64, 192), depth=6, heads=6, local=1, fused=1, expansion=4)
        example = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            for _ in range(10):
                model.train()(torch.rand(8, 3, 64, 64))
    return model.eval(), (example,)
