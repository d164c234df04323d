"""What a conversion would do, told before anything is measured."""

from __future__ import annotations

from edgeattn.data.choice import Chosen
from edgeattn_converters.order import Order
from edgeattn_runtime import machine
from edgeattn_runtime.report import ModelFacts, Report, Verdict


def plan(order: Order, data: Chosen) -> Report:
    """Return a report that says what would be done."""
    what = (
        f"dry run: would write {' and '.join(_wanted(order))} of {order.name}, calibrated with "
        f"{len(data.calibration)} samples of {data.calibration.source}, judged on "
        f"{len(data.evaluation)} of {data.evaluation.source}{_searching(order)}; "
        "nothing was measured"
    )
    parameters = sum(parameter.numel() for parameter in order.module.parameters())
    return Report(
        model=ModelFacts(order.name, parameters, None),
        context=machine.context(threads=order.threads),
        candidates=(),
        verdict=Verdict(None, True, what, order.gates),
    )


def _wanted(order: Order) -> tuple[str, ...]:
    return (*order.formats, *(f"{one.format} for {one.name}" for one in order.elsewhere))


def _searching(order: Order) -> str:
    """Say what the search would do, for a plan."""
    if order.search is None:
        return ""
    when = "" if order.search.always else ", should no int8 variant hold the gates"
    return f"; would search per-layer precision for at most {order.search.seconds:g} s{when}"
