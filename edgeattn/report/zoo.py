"""The zoo on a terminal: a line a model in as many columns as fit, or one model in full."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgeattn.models.catalog import ZooEntry, zoo_entry
from edgeattn.models.catalog.measured import EngineFigures, Figures
from edgeattn.report import quantities as q
from edgeattn.report.terminal import table

ENGINES = {"onnxruntime": "ONNX Runtime", "ai-edge-litert": "LiteRT"}
NONE = EngineFigures()
BASELINE = " *"  # behind the name


@dataclass(frozen=True)
class Row:
    """A model with what was measured of it."""

    name: str
    entry: ZooEntry
    figures: Figures | None

    @property
    def accuracy(self) -> float | None:
        """As measured, else as the catalog says."""
        return self.entry.accuracy if self.figures is None else self.figures.accuracy

    def engine(self, name: str) -> EngineFigures:
        """Return an engine's figures, all None where nothing was measured."""
        return NONE if self.figures is None else self.figures.engines.get(name, NONE)


@dataclass(frozen=True)
class Column:
    """One column; those of a low `rank` stay on a narrow terminal."""

    heading: str
    rank: int
    cell: Callable[[Row], str]
    words: bool = False


COLUMNS = (
    Column(
        "Model", 0, lambda row: row.name + (BASELINE if row.entry.baseline_for else ""), words=True
    ),
    Column("Data set", 7, lambda row: row.entry.dataset, words=True),
    Column("Weights", 10, lambda row: "ship" if row.entry.checkpoint else "to train", words=True),
    Column("Accuracy", 1, lambda row: q.percent(row.accuracy)),
    Column("Params", 2, lambda row: q.count(row.entry.params)),
    Column("MACs", 3, lambda row: q.count(row.entry.macs)),
    Column("int8", 4, lambda row: q.size(_smallest(row))),
    Column("ORT", 5, lambda row: q.milliseconds(row.engine("onnxruntime").int8_ms)),
    Column("speed", 8, lambda row: q.times(row.engine("onnxruntime").speedup)),
    Column("LiteRT", 6, lambda row: q.milliseconds(row.engine("ai-edge-litert").int8_ms)),
    Column("speed", 9, lambda row: q.times(row.engine("ai-edge-litert").speedup)),
)  # fmt: skip


def zoo_text(rows: list[Row], width: int) -> str:
    """Return every model on a line, what each is, and what the figures stand on.

    Args:
        rows: The models.
        width: Of the terminal; columns that do not fit are left out, the last in rank first.
    """
    legend = (
        "int8: the smaller file; ORT (ONNX Runtime) and LiteRT: its median latency, batch 1, one "
        "thread, and its speed against that engine's fastest float. `edgeattn zoo NAME` tells more."
    )
    parts = [_fitting(rows, width), ""]
    parts += [_wrapped(f"{row.name}: {row.entry.summary}", width) for row in rows]
    parts += ["", _wrapped(legend, width)]
    if any(row.entry.baseline_for for row in rows):
        parts.append(_wrapped("* a baseline: what others of its data set have to beat", width))
    parts += [_wrapped(line, width) for line in _machines(rows)]
    return "\n".join(parts)


def card_text(row: Row, width: int) -> str:
    """Return all that is known of one model."""
    entry, figures = row.entry, row.figures
    lines = [_wrapped(f"{row.name}: {entry.summary}", width), ""]
    facts = {
        "input": " x ".join(map(str, entry.input_shape)),
        "parameters": f"{entry.params:,}",
        "MACs": f"{entry.macs:,}",
        "data set": entry.dataset,
        "accuracy": _accuracy(row),
        "weights": "shipped" if entry.checkpoint else "not shipped; `edgeattn train` makes them",
        "baseline for": entry.baseline_for,
    }
    lines.append(table(("", ""), [(k, v) for k, v in facts.items() if v], words=(0, 1)).strip("\n"))
    if figures is not None:
        lines += ["", _engines(figures), "", *(_wrapped(line, width) for line in _machines([row]))]
    source = row.name if entry.checkpoint else f"out/{row.name}/{row.name}.pt"
    lines += ["", training(row), f"edgeattn convert {source} --out bundle"]
    return "\n".join(lines)


def training(row: Row) -> str:
    """Return the command that makes a model's weights."""
    command = f"edgeattn train {row.name} --data {row.entry.dataset} --seed 0"
    if (teacher := row.entry.teacher) is not None:
        ships = zoo_entry(teacher).checkpoint is not None
        path = zoo_entry(teacher).checkpoint_path() if ships else f"out/{teacher}/{teacher}.pt"
        command += f" --teacher {path}"
    return f"{command} --out out/{row.name}"


def _accuracy(row: Row) -> str | None:
    if row.figures is None:
        return None if row.accuracy is None else q.percent(row.accuracy)
    low, high = row.figures.accuracy_interval
    return (
        f"{q.percent(row.figures.accuracy)} of {row.figures.test_samples:,} test samples "
        f"(95 % interval {q.percent(low)} to {q.percent(high)})"
    )


def _engines(figures: Figures) -> str:
    """Return a table with a line for each engine."""
    heads = ("int8 on", "size", "fp32", "median", "fp32", "speed", "accuracy", "drop", "agreement")
    rows = [
        (
            ENGINES.get(name, name),
            q.size(one.int8_bytes),
            q.size(one.fp32_bytes),
            q.milliseconds(one.int8_ms),
            q.milliseconds(one.fp32_ms),
            q.times(one.speedup),
            q.percent(one.accuracy),
            q.points(one.drop_pp),
            q.percent(one.top1_agreement),
        )
        for name, one in figures.engines.items()
    ]
    return table(heads, [tuple(map(_dash, row)) for row in rows])


def _fitting(rows: list[Row], width: int) -> str:
    """Return the table with as many columns as fit; the first three always do."""
    for count in range(len(COLUMNS), 2, -1):
        columns = [column for column in COLUMNS if column.rank < count]
        text = table(
            [column.heading for column in columns],
            [[_dash(column.cell(row)) for column in columns] for row in rows],
            words=[place for place, column in enumerate(columns) if column.words],
        )
        if max(map(len, text.splitlines())) <= width:
            break
    return text


def _machines(rows: list[Row]) -> list[str]:
    """Return where and when the figures were measured, each machine and day once."""
    found: Mapping[tuple[str, str, str], None] = dict.fromkeys(
        (one.cpu, one.cpu_class, one.created) for row in rows if (one := row.figures) is not None
    )
    return [f"Measured on {cpu} ({kind}), {created}." for cpu, kind, created in found]


def _smallest(row: Row) -> int | None:
    sizes = (row.engine(name).int8_bytes for name in ENGINES)
    return min((size for size in sizes if size is not None), default=None)


def _dash(text: str) -> str:
    return "-" if text == q.NOT_MEASURED else text


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, max(width, 40), subsequent_indent="    ")
