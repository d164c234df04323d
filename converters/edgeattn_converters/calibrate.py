"""Observe the range of every tensor on real data, one sample at a time.

True minimum and maximum, never a moving average: an average forgets the extremes and clips
(measured on a BERT-like model: 12.8 dB against 42.5 dB). Where a recipe asks for another range
method, a histogram per tensor is kept as well, and the method says how much of it to cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import fx

from edgeattn_converters.histogram import Histogram
from edgeattn_converters.operands import tensor
from edgeattn_converters.operator_kind import kind
from edgeattn_converters.program import Program, constant
from edgeattn_converters.range_method import MINMAX, RangeMethod
from edgeattn_converters.range_methods import Bounds, bounds_of
from edgeattn_runtime.errors import BadData

Sample = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Ranges:
    """What calibration saw.

    Attributes:
        bounds: Tensor name -> smallest and largest value that int8 shall hold.
        method: How the bounds were found.
        samples: sha256 of each sample, in order.
        extremes: Tensor name -> smallest and largest value seen; where a name is missing, its
            bounds are its extremes.
        unclipped: Tensors that keep their extremes whatever the method.
    """

    bounds: dict[str, Bounds]
    method: str = "minmax"
    samples: tuple[str, ...] = ()
    extremes: dict[str, Bounds] = field(default_factory=dict)
    unclipped: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, object]:
        """Return what calibration.json holds."""
        return {
            "schema_version": 2,
            "method": self.method,
            "samples": list(self.samples),
            "tensors": {
                name: {
                    "range": list(bounds),
                    "method": "minmax" if name in self.unclipped else self.method,
                    "minmax": list(self.extremes.get(name, bounds)),
                }
                for name, bounds in self.bounds.items()
            },
        }


def calibrate(
    program: Program,
    samples: Iterable[Sample],
    *,
    method: RangeMethod = MINMAX,
    hashes: tuple[str, ...] = (),
    progress: Callable[[int], None] | None = None,
) -> Ranges:
    """Run `program` on each sample and find the range of every float tensor.

    Memory is one sample's activations, whatever their number, and 64 KiB a tensor where the method
    clips. The order of the samples makes no difference. A tensor that reaches -inf, as masked
    scores do, gets no bounds: it can stay float only. What a softmax reads keeps its extremes:
    clipped at the bottom, masked keys would count again; at the top, the winners would tie.

    Raises:
        BadData: No sample, a constant or a tensor with NaN or +inf, named.
    """
    _check_constants(program)
    unclipped = _scores(program)
    observer = _Observer(program.graph_module, unclipped if method.clips else None)
    count = 0
    for sample in samples:
        count += 1
        with torch.no_grad():
            observer.run(*sample)
        if observer.broken is not None:
            raise BadData(
                f"{observer.broken} is not finite on calibration sample {count}; "
                "check that sample and the weights before it"
            )
        if progress is not None:
            progress(count)
    if count == 0:
        raise BadData("calibration got 0 samples; give at least one, better 100 or more")
    extremes = {name: pair for name, pair in observer.extremes.items() if math.isfinite(pair[0])}
    if not method.clips:
        return Ranges(extremes, samples=hashes, extremes=extremes)
    found = {name: bounds_of(histogram, method) for name, histogram in observer.histograms.items()}
    bounds = {name: found.get(name, pair) for name, pair in extremes.items()}
    return Ranges(bounds, method.name, hashes, extremes, unclipped)


def _check_constants(program: Program) -> None:
    """Refuse weights that are not numbers, by name; -inf is how masks are written."""
    for node in program.graph.find_nodes(op="get_attr"):
        value = constant(program, node)
        if value.is_floating_point():
            broken = int((value.isnan() | (value == math.inf)).sum())
            if broken:
                raise BadData(
                    f"{broken} of {value.numel()} numbers in {node.target} are NaN or infinite; "
                    "train again or take an earlier checkpoint"
                )


def _scores(program: Program) -> frozenset[str]:
    """Return the tensors that a softmax reads, through views."""
    found = set()
    for node in program.graph.nodes:
        if kind(node) == "softmax":
            read = tensor(node, 0)
            found.add(read.name)
            while kind(read) == "layout":
                read = tensor(read, 0)
                found.add(read.name)
    return frozenset(found)


class _Observer(fx.Interpreter):
    """An interpreter that notes what every float tensor it computes holds."""

    def __init__(self, module: fx.GraphModule, unclipped: frozenset[str] | None) -> None:
        """Keep histograms of all tensors but `unclipped`; of none where that is None."""
        super().__init__(module)
        self.extremes: dict[str, Bounds] = {}
        self.histograms: dict[str, Histogram] = {}
        self.unclipped = unclipped
        self.broken: str | None = None  # not raised here: the interpreter would add to the message

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if (
            n.op in ("placeholder", "call_function")
            and isinstance(value, torch.Tensor)
            and value.is_floating_point()
            and value.numel()
        ):
            self._observe(n.name, value)
        return value

    def _observe(self, name: str, value: torch.Tensor) -> None:
        low, high = (float(bound) for bound in value.aminmax())
        if not high < math.inf:
            self.broken = self.broken or name
            return
        before = self.extremes.get(name, (low, high))
        self.extremes[name] = low, high = min(low, before[0]), max(high, before[1])
        if self.unclipped is None or name in self.unclipped or low == -math.inf:
            self.histograms.pop(name, None)
        else:
            self.histograms.setdefault(name, Histogram()).add(value)
