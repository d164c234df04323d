"""Rows of the zoo -> the page in docs/measurements, and the table in the README."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.record import Bar, Page, Table
from benchmarks.zoo_row import (
    LARGEST_DROP_PP,
    LEAST_AGREEMENT,
    EngineRow,
    ModelRow,
)
from edgeattn.audit.comparison import wilson
from edgeattn.models.catalog.measured import Interval

TITLES = {"onnxruntime": "ONNX Runtime", "ai-edge-litert": "LiteRT"}
NONE = "-"

LEAD = """\
Every model of the zoo with its trained weights, through `edgeattn convert MODEL` (256 training \
samples calibrate, the test split judges) and `edgeattn check` of that bundle on the validation \
and test samples together. Accuracy is that of the PyTorch model on the test split, with Wilson's \
95 % interval. Drop: points of accuracy that the int8 file loses, with its paired 95 % interval; \
held back means validation and test, samples that neither training nor calibration has seen, \
because 300 test samples alone cannot show less than 1.3 points. Parity: the engine computes what \
the simulation promised. Speed: median latency of the engine's fastest fp32 file over that of the \
int8 file, in turn in one process, batch 1, one thread, with the 95 % interval against EdgeAttn's \
own fp32 file. Bar: agreement >= {agreement:.1%} on the test split, and an interval of the drop \
that ends below {drop:g} point on the samples held back. Each model was measured on the day and \
the machine that its row names, by the engines alone: what edgeattn-kernels adds is on \
[another page](onnx-kernels.md)."""

MODELS = (
    "model", "data set", "parameters", "MACs", "weights", "test accuracy", "95 % interval",
    "right", "measured",
)  # fmt: skip
FILES = (
    "model", "exit", "recommended", "recipe", "parity", "SQNR", "accuracy", "drop, test",
    "drop, held back", "agreement", "held back", "speed", "fp32 / int8 ms", "fp32 / int8 MB",
    "int8 MACs", "bar",
)  # fmt: skip


def page(rows: Sequence[ModelRow], missing: Mapping[str, str]) -> Page:
    """Return the page.

    Args:
        rows: In the order of the zoo.
        missing: Why there is no row, by model.
    """
    tables = [
        Table("Models", MODELS, tuple(map(model_cells, rows)), "* a baseline."),
        *(engine_table(engine, rows) for engine in TITLES),
    ]
    if missing:
        tables.append(Table("Not measured", ("model", "why"), tuple(missing.items())))
    return Page(
        name="zoo",
        title="The zoo: every model, converted and proven",
        lead=LEAD.format(agreement=LEAST_AGREEMENT, drop=LARGEST_DROP_PP),
        tables=tuple(tables),
        data={"models": [row.to_json() for row in rows], "not_measured": dict(missing)},
        bars=bars(rows),
    )


def bars(rows: Sequence[ModelRow]) -> tuple[Bar, ...]:
    """Return how many int8 files reach what was asked of all, and the names of those that miss."""
    judged: tuple[tuple[str, Callable[[EngineRow], bool]], ...] = (
        ("int8 files that convert with parity", lambda one: one.converted),
        (f"top-1 agreement >= {LEAST_AGREEMENT:.1%}", lambda one: one.agrees),
        (f"drop's interval ends below {LARGEST_DROP_PP:g} point", lambda one: one.keeps_accuracy),
    )
    found = []
    for what, holds in judged:
        files = [(row, one) for row in rows for one in row.engines]
        failed = [f"{row.name} on {TITLES[one.engine]}" for row, one in files if not holds(one)]
        words = f"{len(files) - len(failed)} of {len(files)}"
        if failed:
            words += f"; not {', '.join(failed)}"
        found.append(Bar(what, "all", words, bool(files) and not failed))
    return tuple(found)


def model_cells(row: ModelRow) -> tuple[str, ...]:
    """Return a model's line in the first table."""
    share = NONE if row.accuracy is None else f"{row.accuracy:.2%}"
    interval = None if row.right is None else wilson(row.right, row.test_samples)
    when = f"{row.created}, {row.cpu} ({row.cpu_class})"
    if row.disturbed:
        when += f"; disturbed: {', '.join(row.disturbed)}"
    return (
        named(row),
        row.dataset,
        NONE if row.params is None else f"{row.params:,}",
        NONE if row.macs is None else f"{row.macs / 1e6:.2f} M",
        f"{row.checkpoint_bytes / 1e6:.2f} MB" + ("" if row.shipped else ", made by recipe"),
        share,
        NONE if interval is None else f"{interval[0]:.2%} to {interval[1]:.2%}",
        NONE if row.right is None else f"{row.right:,} of {row.test_samples:,}",
        when,
    )


def engine_table(engine: str, rows: Sequence[ModelRow]) -> Table:
    """Return what one engine makes of every model, and why where it makes nothing."""
    pairs = [(row, one) for row in rows for one in row.engines if one.engine == engine]
    reasons = [
        f"{row.name}: {'float ' if one.recommended == 'fp32' else ''}{one.reason}."
        for row, one in pairs
        if one.recommended != "int8" or not one.converted
    ]
    cells = tuple(file_cells(row, one) for row, one in pairs)
    return Table(TITLES[engine], FILES, cells, " ".join(reasons))


def file_cells(row: ModelRow, one: EngineRow) -> tuple[str, ...]:
    """Return a model's line in an engine's table."""
    start = (named(row), str(one.exit_code), one.recommended or NONE)
    if one.int8_bytes is None or one.int8_ms is None or one.fp32_bytes is None:
        return (*start, *(NONE,) * (len(FILES) - 4), verdict(one))
    return (
        *start,
        one.recipe or NONE,
        "holds" if one.parity else "**fails**",
        _number(one.sqnr_db, "{:.1f} dB"),
        _number(one.accuracy, "{:.2%}"),
        _drop(one.drop_pp, one.drop_interval_pp),
        _drop(one.held_back_drop_pp, one.held_back_interval_pp),
        _number(one.top1_agreement, "{:.2%}"),
        f"{_number(one.held_back_agreement, '{:.2%}')} of {_number(one.held_back_samples, '{:,}')}",
        _speed(one),
        f"{_number(one.fp32_ms, '{:.3f}')} / {one.int8_ms:.3f}",
        f"{one.fp32_bytes / 1e6:.2f} / {one.int8_bytes / 1e6:.2f}",
        _number(one.int8_mac_share, "{:.0%}"),
        verdict(one),
    )  # fmt: skip


def verdict(one: EngineRow) -> str:
    """Return whether an int8 file reaches the bar, else what it misses."""
    if one.int8_bytes is None:
        return "**no int8 file**"
    missed = [
        words
        for words, holds in (
            ("parity", one.converted), ("agreement", one.agrees), ("drop", one.keeps_accuracy),
        )
        if not holds
    ]  # fmt: skip
    return f"**missed: {', '.join(missed)}**" if missed else "reached"


def readme_table(measured: Mapping[str, Any]) -> str:
    """Return the README's table of the zoo from zoo.json: a line a model."""
    rows = [ModelRow.from_json(one) for one in measured["models"]]
    heads = (
        "model", "data set", "parameters", "accuracy", "int8 on ONNX Runtime", "int8 on LiteRT",
        "bar",
    )  # fmt: skip
    lines = [
        f"| {' | '.join(heads)} |",
        "|---" * len(heads) + "|",
        *(_readme_line(row) for row in rows),
    ]
    places = dict.fromkeys(f"{row.cpu} ({row.cpu_class}), {row.created}" for row in rows)
    busy = " Other programs ran meanwhile, which ratios bear better than milliseconds."
    lines += [
        "",
        "Accuracy is that of the float model on the test split, with its 95 % interval. An int8 "
        "cell: speed against that engine's fastest fp32 file, top-1 agreement with the float "
        "model, size. Bar: agreement >= "
        f"{LEAST_AGREEMENT:.1%} and a drop whose interval ends below {LARGEST_DROP_PP:g} point, on "
        f"both engines. * a baseline. {'; '.join(places)}, one thread; `{measured['command']}`. "
        "In full: [docs/measurements/zoo.md](docs/measurements/zoo.md)."
        + (busy if any(row.disturbed for row in rows) else ""),
    ]
    return "\n".join(lines)


def _readme_line(row: ModelRow) -> str:
    interval = None if row.right is None else wilson(row.right, row.test_samples)
    engines = {one.engine: one for one in row.engines}
    missed = {
        f"{TITLES[one.engine]}: {verdict(one).strip('*')}"
        for one in row.engines
        if verdict(one) != "reached"
    }
    cells = (
        named(row),
        row.dataset,
        NONE if row.params is None else f"{row.params:,}",
        NONE
        if interval is None or row.accuracy is None
        else f"{row.accuracy:.2%} ({interval[0]:.1%} to {interval[1]:.1%})",
        *(_short(engines.get(engine)) for engine in TITLES),
        "; ".join(sorted(missed)) or "reached",
    )
    return "| " + " | ".join(cells) + " |"


def _short(one: EngineRow | None) -> str:
    if one is None or one.int8_bytes is None:
        return NONE
    words = f"{_number(one.speedup, '{:.2f}x')}, {_number(one.top1_agreement, '{:.2%}')}"
    words += f", {one.int8_bytes / 1e6:.2f} MB"
    return words if one.recommended == "int8" else f"{words}, float recommended"


def named(row: ModelRow) -> str:
    """Return a model's name; a star marks a baseline."""
    return row.name + (" *" if row.baseline_for else "")


def _drop(drop: float | None, interval: Interval | None) -> str:
    if drop is None or interval is None:
        return NONE
    return f"{drop:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


def _speed(one: EngineRow) -> str:
    words = _number(one.speedup, "{:.2f}x")
    interval = one.speedup_interval
    return words if interval is None else f"{words} ({interval[0]:.2f} to {interval[1]:.2f})"


def _number(value: float | None, form: str) -> str:
    return NONE if value is None else form.format(value)
