"""gesture-hybrid with half its multiply-accumulates: what it loses, and how fast it is in int8.

    python -m benchmarks.pruning [--epochs N] [--quick]

Writes docs/measurements/pruning.md and .json. First the scores side by side, before any
fine-tuning; then the goal of half the multiply-accumulates with --epochs of fine-tuning (12 when
nothing is said), and the int8 latency of its result beside the unpruned model's, in turns.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from torch import Tensor, nn

from benchmarks.record import Bar, Page, Table, effort_of, parse, write
from edgeattn.models.checkpoint import load_checkpoint
from edgeattn.pruning.choices import Choices
from edgeattn.pruning.cost import count_macs
from edgeattn.pruning.dependencies import Dependencies, find_dependencies
from edgeattn.pruning.goal import rates_for, smallest_rate
from edgeattn.pruning.latency import Stopwatch
from edgeattn.pruning.material import Material, load_material
from edgeattn.pruning.prune import prune
from edgeattn.pruning.ranking import choose
from edgeattn.pruning.result import Pruned, accuracies
from edgeattn.pruning.scores import Scores, magnitude, taylor
from edgeattn.pruning.slim import slimmer
from edgeattn.pruning.statistics import with_new_statistics
from edgeattn.pruning.subject import load_subject
from edgeattn_runtime.latency import RatioInterval
from edgeattn_runtime.machine import context

MODEL, DATA, GOAL = "gesture-hybrid", "gestures", 0.5
EPOCHS, QUICK_EPOCHS = 12, 1
STEPS = 10  # halvings of the rate
LARGEST_RATIO, LARGEST_DROP_PP = 0.6, 0.5  # the bars
Row = tuple[str, float, float, float]  # score, share of MACs, accuracy with old and new statistics

LEAD = """\
{model} on the {samples} test photos of {data}, pruned to {goal:.0%} of its multiply-accumulates \
by `edgeattn prune`. The ratio of latencies is that of the int8 files, one thread, in turns with \
the unpruned model; the accuracy is that of the float model in PyTorch."""
NOTE = """\
Before any fine-tuning, at the same goal. "By its mean": every score divided by the mean of its \
layer, as the tool does. "New statistics": the BatchNorms have seen 256 training photos again."""


def main() -> None:
    options = parse("pruning", __doc__, ("--epochs", "epochs of fine-tuning"))
    effort, before = effort_of(options), context(threads=1)
    epochs = int(str(options.epochs or (QUICK_EPOCHS if options.quick else EPOCHS)))
    choices = Choices(target_macs=GOAL, finetune_epochs=epochs)
    subject = load_subject(MODEL)
    material = load_material(DATA, subject, choices)
    scores = side_by_side(subject.module, material, choices)
    result, ratios = pruned(subject.module, material, choices)
    write(
        page(scores, result, ratios, epochs),
        folder=options.out,
        effort=effort,
        before=before,
        module=f"pruning --epochs {epochs}",  # the command on the page
    )


def side_by_side(module: nn.Module, material: Material, choices: Choices) -> list[Row]:
    """Return what is left of the accuracy by score, without fine-tuning."""
    found = find_dependencies(module, material.example)
    kinds: dict[str, Callable[[], Scores]] = {
        "taylor": lambda: taylor(module, found.groups, material.scoring),
        "magnitude": lambda: magnitude(module, found.groups),
    }
    rows: list[Row] = []
    for name, judge in kinds.items():
        plain = judge()
        for how, scores in (
            ("as it is", plain),
            ("by its mean", {key: value / value.mean() for key, value in plain.items()}),
        ):
            small = halved(module, found, scores, material.example, choices)
            fresh = with_new_statistics(small, (x for x, _ in material.scoring))
            both = accuracies(small, fresh, material.judged)
            assert both is not None  # gestures have labels
            share = count_macs(small, material.example) / count_macs(module, material.example)
            rows.append((f"{name}, {how}", share, *both))
    return rows


def halved(
    module: nn.Module,
    found: Dependencies,
    scores: Scores,
    example: tuple[Tensor, ...],
    choices: Choices,
) -> nn.Module:
    """Return the largest model at most as costly as the goal."""
    goal = GOAL * count_macs(module, example)

    def at(rate: float) -> nn.Module:
        kept = choose(found.groups, scores, rates_for(rate, found.groups, choices))
        return slimmer(module, found.groups, kept)

    rate = smallest_rate(lambda rate: count_macs(at(rate), example) <= goal, steps=STEPS)
    assert rate is not None  # the hybrid goes far below half
    return at(rate)


def pruned(
    module: nn.Module, material: Material, choices: Choices
) -> tuple[Pruned, dict[str, RatioInterval]]:
    """Prune as the command does; return its figures, and the ratio of latencies by format."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "half.pt"
        result = prune(MODEL, DATA, out=out, choices=choices)
        small = load_checkpoint(out).module
    ratios = {
        format: Stopwatch(module, material.example, material.calibration.x, format).ratio(small)
        for format in ("onnx", "tflite")
    }
    return replace(result, checkpoint=Path("half.pt")), ratios


def page(scores: list[Row], result: Pruned, ratios: dict[str, RatioInterval], epochs: int) -> Page:
    """Return the page."""
    assert result.accuracy is not None  # gestures have labels
    old, new = result.accuracy
    drop = 100 * (old - new)
    wanted = f"<= {LARGEST_DROP_PP} points"
    widths = {**result.heads, **result.channels}
    goal = Table(
        f"Half the multiply-accumulates, {epochs} epochs of fine-tuning",
        ("", "before", "after"),
        (
            ("multiply-accumulates", *(f"{macs / 1e6:.2f} M" for macs in result.macs)),
            ("parameters", *(f"{count:,}" for count in result.parameters)),
            ("test photos right", f"{old:.2%}", f"{new:.2%}"),
            *((f"`{name}`", str(was), str(now)) for name, (was, now) in widths.items()),
        ),
    )
    bars = (
        Bar("accuracy drop", wanted, f"{drop:.2f}", drop <= LARGEST_DROP_PP),
        *(
            Bar(
                f"int8 latency, {format}",
                f"<= {LARGEST_RATIO}x",
                f"{one.ratio:.2f}x ({one.low:.2f} to {one.high:.2f})",
                one.ratio <= LARGEST_RATIO,
            )
            for format, one in ratios.items()
        ),
    )  # fmt: skip
    beside = Table(
        "Scores side by side",
        ("score", "multiply-accumulates", "old statistics", "new statistics"),
        tuple((name, *(f"{value:.1%}" for value in values)) for name, *values in scores),
        NOTE,
    )
    return Page(
        name="pruning",
        title="Half of a hybrid",
        lead=LEAD.format(model=MODEL, data=DATA, goal=GOAL, samples=result.samples),
        tables=(goal, beside),
        bars=bars,
        data={
            "epochs": epochs,
            "result": result.to_json(),
            "ratios": {name: vars(one) for name, one in ratios.items()},
            "scores": [list(row) for row in scores],
        },
    )


if __name__ == "__main__":
    main()
