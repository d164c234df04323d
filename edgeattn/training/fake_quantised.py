"""The model that is trained while it rounds; fake_quant_model.py makes it of a Program."""

from __future__ import annotations

import torch
from torch import Tensor, fx, nn

from edgeattn.training.fake_quant import FakeParameters, LearnedRange
from edgeattn_converters.range_methods import Bounds


class FakeQuantised(nn.Module):
    """The model to train: inputs [N, ...] -> first output [N, ...].

    A Program has a fixed batch; another number of samples is run in several batches, the last one
    filled up with its own last sample.
    """

    def __init__(
        self,
        graph_module: fx.GraphModule,
        batch: int,
        names: dict[str, str],
        ranges: dict[str, LearnedRange],
    ) -> None:
        """Take what `thawed` makes.

        Args:
            graph_module: With parameters and fake quantisation.
            batch: How many samples it takes.
            names: Place (see trained.places) -> name of its parameter.
            ranges: Those that are trained, by the name of the tensor.
        """
        super().__init__()
        self.graph_module, self.batch, self.names = graph_module, batch, names
        self.ranges = nn.ModuleDict(ranges)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the first output for any number of samples."""
        count = len(inputs[0])
        if count == self.batch:
            whole: Tensor = self.graph_module(*inputs)[0]
            return whole
        outputs = []
        for start in range(0, count, self.batch):
            rows = torch.arange(start, start + self.batch).clamp(max=count - 1)
            outputs.append(self.graph_module(*(x[rows] for x in inputs))[0])
        return torch.cat(outputs)[:count]

    @property
    def rounds(self) -> bool:
        """Whether any layer has integer weights."""
        return any(isinstance(part, FakeParameters) for part in self.graph_module.modules())

    def constants(self) -> dict[str, Tensor]:
        """Return the weights by place; what layers share is one tensor."""
        weights = {name: value.detach() for name, value in self.graph_module.named_parameters()}
        return {place: weights[name] for place, name in self.names.items()}

    def bounds(self) -> dict[str, Bounds]:
        """Return the trained ranges by the name of the tensor."""
        found = {}
        for name, learned in self.ranges.items():
            assert isinstance(learned, LearnedRange)
            found[name] = learned.bounds()
        return found
