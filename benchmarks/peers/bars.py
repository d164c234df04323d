"""The goals, held against what was measured; they were set before the bench was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import median

from benchmarks.peers.catalog import LITERT, ORT
from benchmarks.peers.judge import Contest, Row, against
from benchmarks.record import Bar

OURS = {ORT: "onnx", LITERT: "tflite"}
OVER_FP32 = {LITERT: 2.3, ORT: 1.5}
OVER_ANY, OVER_STOCK, NOT_SLOWER = 2.0, 1.7, 0.97
SQNR_MEDIAN, SQNR_LEAST = 30.0, 25.0
AGREEMENT, DROP_PP = 0.99, 1.0

Values = dict[str, float | None]


def bars(contests: Sequence[Contest]) -> tuple[Bar, ...]:
    """Return all goals."""
    return tuple((*speed(contests), *accuracy(contests)))


def speed(contests: Sequence[Contest]) -> Iterator[Bar]:
    """Yield the goals of speed."""
    for engine, form in OURS.items():
        rows = {one.name: one.ours(f"{form} int8") for one in contests}
        peers = {one.name: one.competitor(engine) for one in contests}
        stock = {one.name: one.stock(engine) for one in contests}
        yield least(
            f"{engine}: int8 over its fastest fp32, lower end, every model", 1.0,
            of(rows, lambda row: row.over_engine.low), strict=True,
        )  # fmt: skip
        yield middle(
            f"{engine}: int8 over its fastest fp32, median", OVER_FP32[engine],
            of(rows, lambda row: row.over_engine.ratio),
        )  # fmt: skip
        yield least(
            f"{engine}: against the best peer's int8, lower end, every model", NOT_SLOWER,
            {name: lead(row, peers[name]) for name, row in rows.items()},
        )  # fmt: skip
        yield middle(
            f"{engine}: against the stock recipe, median", OVER_STOCK,
            {name: over_stock(row, stock[name]) for name, row in rows.items()},
        )  # fmt: skip
    best = {one.name: one.best() for one in contests}
    yield middle(
        "recommended file over the fastest float of any engine, median", OVER_ANY,
        of(best, lambda row: row.over_any.ratio),
    )  # fmt: skip


def accuracy(contests: Sequence[Contest]) -> Iterator[Bar]:
    """Yield the goals of accuracy."""
    for engine, form in OURS.items():
        for recipe, words in (("int8", "recommended int8"), ("int8-core", "QK' and PV in int8")):
            rows = {one.name: one.ours(f"{form} {recipe}") for one in contests}
            values = of(rows, lambda row: row.sqnr_db)
            yield middle(f"{engine}, {words}: SQNR, median", SQNR_MEDIAN, values, " dB")
            yield least(f"{engine}, {words}: SQNR, every model", SQNR_LEAST, values, " dB")
        for contest in contests:
            row = contest.ours(f"{form} int8")
            if contest.trained and row is not None and row.drop is not None:
                yield Bar(
                    f"{engine}, {contest.name}: top-1 agreement", f">= {AGREEMENT:.0%}",
                    f"{row.agreement:.2%}", row.agreement >= AGREEMENT,
                )  # fmt: skip
                yield Bar(
                    f"{engine}, {contest.name}: upper end of the drop's interval",
                    f"< {DROP_PP:g} points", f"{row.drop.high_pp:.2f} points",
                    row.drop.high_pp < DROP_PP,
                )  # fmt: skip


def of(rows: Mapping[str, Row | None], value: Callable[[Row], float]) -> Values:
    """Return a number for every model; None where the file is missing."""
    return {name: None if row is None else value(row) for name, row in rows.items()}


def lead(ours: Row | None, other: Row | None) -> float | None:
    """Return the lower end of the ratio against a peer; infinite where no peer competes."""
    if ours is None:
        return None
    return float("inf") if other is None else against(ours, other).low


def over_stock(ours: Row | None, stock: Row | None) -> float | None:
    """Return how many times as fast as the stock recipe; None where one of them does not run."""
    return None if ours is None or stock is None else against(ours, stock).ratio


def least(what: str, wanted: float, values: Values, unit: str = "x", strict: bool = False) -> Bar:
    """Return a goal that every model must reach."""
    sign = ">" if strict else ">="
    missing = [name for name, value in values.items() if value is None]
    known = {name: value for name, value in values.items() if value is not None}
    if not known or missing:
        return Bar(what, f"{sign} {wanted:g}{unit}", f"not measured: {', '.join(missing)}", False)
    name, value = min(known.items(), key=lambda item: item[1])
    reached = value > wanted if strict else value >= wanted
    below = [n for n, v in known.items() if not (v > wanted if strict else v >= wanted)]
    found = f"{value:.2f}{unit} ({name})"
    if len(below) > 1:
        found += f"; below it {len(below)} of {len(known)}: {', '.join(below)}"
    return Bar(what, f"{sign} {wanted:g}{unit}", found, reached)


def middle(what: str, wanted: float, values: Values, unit: str = "x") -> Bar:
    """Return a goal for the median over the models where it could be measured."""
    known = [value for value in values.values() if value is not None]
    if not known:
        return Bar(what, f">= {wanted:g}{unit}", "not measured", False)
    found = median(known)
    words = f"{found:.2f}{unit}"
    if len(known) < len(values):
        words += f" (of {len(known)} models; it does not run on the others)"
    return Bar(what, f">= {wanted:g}{unit}", words, found >= wanted)
