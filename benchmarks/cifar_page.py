"""Trainings on small photos and their int8 files -> the page in docs/measurements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.record import Bar, Page, Table
from benchmarks.zoo_row import LEAST_AGREEMENT, EngineRow, ModelRow
from edgeattn.audit.comparison import wilson
from edgeattn.data.data import Array
from edgeattn.models.catalog import ZOO
from edgeattn.training.recipes import RECIPES
from edgeattn_runtime.accuracy import Drop, paired_drop

LEAST_ACCURACY, MOST_PARAMS, LARGEST_MAC_DIFFERENCE, LARGEST_DROP_PP = 0.80, 500_000, 0.03, 1.0

LEAD = """\
CIFAR-10 from JPEG files of quality 75 with halved colour resolution (docs/data.md): not the \
pristine pixels, and not comparable with published figures of those. Both models see the 45,000 \
training photos {epochs} times, in the same order and with the same augmentation (whole-pixel \
shifts and mirroring), AdamW with batches of {batch} and a cosine down from {rate:g}, on one \
thread. Accuracy is that of the averaged weights on the {photos:,} test photos, looked at once, \
with Wilson's 95 % interval."""
INT8 = """\
What `edgeattn convert` makes of it (of the CNN: zoo.md): agreement and drop against PyTorch on \
the test photos, and the drop again on all held-back photos, each with its paired 95 % interval."""


@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes:
        name: In the zoo.
        epochs: How often each photo was seen.
        cpu_seconds: Of all epochs, validation included.
        validation: Accuracy of the averaged weights after each.
        right: bool [photos], which test photos the averaged weights get right.
    """

    name: str
    epochs: int
    cpu_seconds: float
    validation: tuple[float, ...]
    right: Array

    @property
    def accuracy(self) -> float:
        """The share of test photos that is right."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of it."""
        return wilson(int(self.right.sum()), len(self.right))


def page(found: Sequence[Trained], rows: Sequence[ModelRow]) -> Page:
    """Return the page."""
    hybrid, cnn = found
    recipe = RECIPES[hybrid.name]
    ahead = paired_drop(hybrid.right, cnn.right)  # what one would lose by taking the CNN
    return Page(
        name="cifar",
        title="A hybrid and a CNN of equal cost on small photos",
        lead=LEAD.format(
            epochs=hybrid.epochs, batch=recipe.batch, rate=recipe.learning_rate,
            photos=len(hybrid.right),
        ),
        tables=(accuracy_table(found, ahead), epochs_table(found), int8_table(rows)),
        bars=(*accuracy_bars(hybrid, cnn, ahead), *int8_bars(rows)),
        data={
            "trainings": [
                {
                    "model": one.name, "epochs": one.epochs, "cpu_seconds": one.cpu_seconds,
                    "validation_accuracy": one.validation,
                    "test_accuracy": one.accuracy, "test_interval": one.interval,
                    "test_photos": len(one.right), "params": ZOO[one.name].params,
                    "macs": ZOO[one.name].macs,
                }
                for one in found
            ],
            "hybrid_ahead": asdict(ahead),
            "int8": [row.to_json() for row in rows],
        },
    )  # fmt: skip


def accuracy_table(found: Sequence[Trained], ahead: Drop) -> Table:
    """Return what each model costs and gets right."""
    head = ("model", "parameters", "multiply-accumulates", "epochs", "CPU seconds", "validation",
            "test", "95 % interval")  # fmt: skip
    rows = tuple(
        (
            f"`{one.name}`", f"{ZOO[one.name].params:,}", f"{ZOO[one.name].macs / 1e6:.2f} M",
            str(one.epochs), f"{one.cpu_seconds:,.0f}", f"{one.validation[-1]:.2%}",
            f"{one.accuracy:.2%}", "{:.2%} to {:.2%}".format(*one.interval),
        )
        for one in found
    )  # fmt: skip
    note = (
        f"On the same photos the hybrid is {points(ahead)} points ahead of the CNN "
        "(paired 95 % interval)."
    )
    return Table("Trained", head, rows, note)


def epochs_table(found: Sequence[Trained]) -> Table:
    """Return how both learn."""
    head = ("epoch", *(f"`{one.name}`" for one in found))
    each = zip(*(one.validation for one in found), strict=True)
    rows = tuple((str(i), *(f"{share:.2%}" for share in row)) for i, row in enumerate(each, 1))
    return Table("Validation photos right, by epoch", head, rows)


def int8_table(rows: Sequence[ModelRow]) -> Table:
    """Return what is left of it in int8."""
    head = ("model", "engine", "test", "agreement", "drop, points", "drop, all held back",
            "over fp32", "recommended")  # fmt: skip
    cells = tuple(
        (f"`{row.name}`", one.engine, *engine_cells(one)) for row in rows for one in row.engines
    )
    return Table("In int8", head, cells, INT8)


def engine_cells(one: EngineRow) -> tuple[str, ...]:
    """Return an engine's cells; a dash where nothing was measured."""
    return (
        "-" if one.accuracy is None else f"{one.accuracy:.2%}",
        "-" if one.top1_agreement is None else f"{one.top1_agreement:.2%}",
        _drop(one.drop_pp, one.drop_interval_pp),
        _drop(one.held_back_drop_pp, one.held_back_interval_pp),
        "-" if one.speedup is None else f"{one.speedup:.2f}x",
        one.recommended or one.reason,
    )


def accuracy_bars(hybrid: Trained, cnn: Trained, ahead: Drop) -> tuple[Bar, ...]:
    """Hold the float models against the goals."""
    entry, other = ZOO[hybrid.name], ZOO[cnn.name]
    apart = abs(other.macs / entry.macs - 1)
    return (
        Bar(
            f"{hybrid.name}: test accuracy", f">= {LEAST_ACCURACY:.0%}", f"{hybrid.accuracy:.2%}",
            hybrid.accuracy >= LEAST_ACCURACY,
        ),
        Bar(
            f"{hybrid.name}: parameters", f"<= {MOST_PARAMS:,}", f"{entry.params:,}",
            entry.params <= MOST_PARAMS,
        ),
        Bar(
            "the CNN's multiply-accumulates", f"within {LARGEST_MAC_DIFFERENCE:.0%}",
            f"{apart:.1%} apart", apart <= LARGEST_MAC_DIFFERENCE,
        ),
        Bar(
            "the hybrid above the CNN", "> 0 points", f"{points(ahead)} points",
            hybrid.accuracy > cnn.accuracy,
        ),
    )  # fmt: skip


def int8_bars(rows: Sequence[ModelRow]) -> tuple[Bar, ...]:
    """Hold the int8 files against the goals of every model of the zoo."""
    bars = []
    for row in rows:
        for one in row.engines:
            name, agreement = f"{row.name}, {one.engine}", one.top1_agreement
            interval = one.held_back_interval_pp
            bars += [
                Bar(
                    f"{name}: top-1 agreement", f">= {LEAST_AGREEMENT:.1%}",
                    "-" if agreement is None else f"{agreement:.2%}", one.agrees,
                ),
                Bar(
                    f"{name}: upper end of the drop's interval", f"< {LARGEST_DROP_PP:g} points",
                    "-" if interval is None else f"{interval[1]:.2f} points", one.keeps_accuracy,
                ),
            ]  # fmt: skip
    return tuple(bars)


def points(drop: Drop) -> str:
    """Return a difference with its interval, in points."""
    return f"{drop.drop_pp:.2f} ({drop.low_pp:.2f} to {drop.high_pp:.2f})"


def _drop(value: float | None, interval: tuple[float, float] | None) -> str:
    if value is None or interval is None:
        return "-"
    return points(Drop(value, *interval))
