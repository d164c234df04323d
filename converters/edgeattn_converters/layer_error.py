"""Measure what quantising costs, tensor by tensor: where does the error come from?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from edgeattn_runtime.report import LayerReport
from torch import fx

from edgeattn_converters.calibrate import Sample
from edgeattn_converters.placement import Decision
from edgeattn_converters.program import Program


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
    names = {decision.name for decision in decisions}
    signal, noise = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for sample in samples:
        truth, found = _values(exact, sample, names), _values(quantised, sample, names)
        for name in names & truth.keys() & found.keys():
            signal[name] += float((truth[name].double() ** 2).sum())
            noise[name] += float(((truth[name] - found[name]).double() ** 2).sum())
    return tuple(
        LayerReport(
            name=f"{decision.layer}: {decision.name}" if decision.layer else decision.name,
            op=decision.kind,
            sqnr_db=_decibels(signal[decision.name], noise[decision.name]),
            kept_float=not decision.int8,
            reason=decision.reason,
        )
        for decision in decisions
    )


def _values(program: Program, sample: Sample, names: set[str]) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}

    class _Recorder(fx.Interpreter):
        def run_node(self, n: fx.Node) -> Any:
            value = super().run_node(n)
            if n.name in names:
                # What readers see: behind an int8 operator that is the rounded value.
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
