"""Measure what quantising costs, tensor by tensor: where does the error come from?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import fx

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.placement import Decision, tail
from edgeattn_converters.program import Program
from edgeattn_runtime.report import LayerReport


def layer_errors(
    exact: Program,
    quantised: Program,
    decisions: tuple[Decision, ...],
    samples: Iterable[Sample],
) -> tuple[LayerReport, ...]:
    """Return one line per operator: its SQNR against the float Program, and what it runs as.

    The error of a tensor is what has gathered on the way to it, not its own share alone.

    Args:
        exact: The float Program in the engine's form, before quantisation.
        quantised: The same with quantize and dequantize nodes.
        decisions: From placement, in order.
        samples: A few real inputs.
    """
    # What readers see of an operator: behind an int8 convolution and its ReLU, the rounded value.
    names = {node.name: tail(node).name for node in exact.graph.nodes}
    names = {decision.name: names[decision.name] for decision in decisions}
    signal, noise = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for sample in samples:
        seen = set(names.values())
        truth, found = _values(exact, sample, seen), _values(quantised, sample, seen)
        for name, read in names.items():
            if read in truth and read in found:
                finite = truth[read].isfinite() & found[read].isfinite()  # -inf: a masked score
                want, have = truth[read][finite].double(), found[read][finite].double()
                signal[name] += float((want**2).sum())
                noise[name] += float(((want - have) ** 2).sum())
    return tuple(
        LayerReport(
            name=f"{decision.layer}: {decision.name}" if decision.layer else decision.name,
            op=decision.kind,
            sqnr_db=_decibels(signal[decision.name], noise[decision.name]),
            kept_float=not decision.int8,
            reason=decision.reason,
            precision=decision.precision,
        )
        for decision in decisions
    )


def _values(program: Program, sample: Sample, names: set[str]) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}

    class _Recorder(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            value = super().run_node(n)
            if not isinstance(value, torch.Tensor) or not value.is_floating_point():
                return value  # whole numbers, masks and tuples have no SQNR
            if n.name in names:
                found[n.name] = value
            elif n.name.endswith("_real") and n.name.removesuffix("_real") in names:
                found[n.name.removesuffix("_real")] = value
            return value

    with torch.no_grad():
        _Recorder(program.graph_module).run(*sample)
    return found


def _decibels(signal: float, noise: float) -> float | None:
    if signal == 0:
        return None
    return 10 * float(torch.log10(torch.tensor(signal / noise))) if noise else float("inf")
