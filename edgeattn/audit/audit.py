"""Data and a budget -> five candidates of equal size, and whether attention is worth it here."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgeattn.audit.comparison import compare
from edgeattn.audit.export import export
from edgeattn.audit.fit import Fit, digest
from edgeattn.audit.material import SIDE, Material, load_material
from edgeattn.audit.outcome import Audited
from edgeattn.audit.pace import check_budget, choose_epochs
from edgeattn.audit.page import write_page
from edgeattn.audit.record import Record, check_free, new_record, old_record
from edgeattn.audit.result import Compared, Finished
from edgeattn.audit.sizing import Sized, sized
from edgeattn.audit.timing import time_together
from edgeattn.audit.verdict import Worth, best, decide
from edgeattn.report.page import check_can_draw
from edgeattn_runtime import machine
from edgeattn_runtime.clock import refuse_without_time
from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.session import installed_engine

Progress = Callable[[str, float], None]
BUDGET_S = 600.0
BUNDLE = "bundle"
PACED_BY = "multi-head"  # whose file is made once, untrained, to learn how long that takes
PLANNED, TRAINED = 0.1, 0.8  # shares of the progress


def audit(
    data: str,
    *,
    out: Path,
    budget_s: float | None = None,
    epochs: int | None = None,
    seed: int = 0,
    formats: Sequence[str] = ("onnx", "tflite"),
    image_size: int = SIDE,
    resume: bool = False,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Audited:
    """Train, convert and judge all candidates; `out` then holds audit.json, audit.html, bundles.

    Args:
        data: A data set's name, a folder of class folders, or an `.npz`.
        out: A folder, new or empty unless `resume`.
        budget_s: Seconds of wall time for everything; 600 when neither it nor `epochs` is given.
        epochs: Instead of a budget: the same call then gives the same weights again.
        seed: Of first weights, order and augmentation; the same for all candidates.
        formats: "onnx", "tflite": whose int8 files are compared.
        image_size: Height and width for a folder of photos.
        resume: Go on with what `out` holds.
        progress: Called with what is being done and the share done.
        clock: Seconds, monotonic.

    Raises:
        EdgeattnError: See edgeattn_runtime.errors; what is finished stays in `out`.
    """
    say = progress or (lambda title, share: None)
    if budget_s is not None and epochs is not None:
        raise BadUsage("a budget and a number of epochs contradict each other; give one")
    _check_environment(formats)
    if not resume:
        check_free(out)
    began = clock()
    say("reading the data", 0.0)
    material = load_material(data, image_size=image_size)
    say("making all candidates equally large", 0.01)
    lineup = sized(material.signal)
    settings = _settings(material, lineup, seed, tuple(formats), epochs)
    if resume:
        record = old_record(out, settings, budget_s)
    else:
        wanted = budget_s or (None if epochs else BUDGET_S)
        record = new_record(out, settings, wanted)
    fits = {
        one.family: Fit(one, material, seed=seed, folder=out / one.family)
        for one in lineup
        if record.finished(one.family) is None
    }
    record.spent_s += clock() - began
    with record.counting(clock) as spent:
        if record.epochs is None:
            _plan(record, fits, material, tuple(formats), epochs, spent, clock, say)
        done = [
            _finished(record, one, fits, material, tuple(formats), place, say)
            for place, one in enumerate(lineup)
        ]
        say("timing all files in turn", 0.97)
        context = machine.context(threads=1)
        compared = _compared(done, out, material)
        context = context.finished()
    audited = Audited(
        material=material,
        record=record,
        compared=compared,
        worth=_worth(compared),
        context=context,
        goal_macs=next(one.macs for one in lineup if one.family == PACED_BY),
        seed=seed,
    )
    write_page(out, audited)
    return audited


def _check_environment(formats: Sequence[str]) -> None:
    """Refuse what is missing before minutes of training, not after them."""
    refuse_without_time("an audit")
    check_can_draw()
    if not formats:
        raise BadUsage("no format was asked for; name onnx, tflite or both")
    for format in formats:
        installed_engine(format)


def _settings(
    material: Material,
    lineup: Sequence[Sized],
    seed: int,
    formats: tuple[str, ...],
    epochs: int | None,
) -> dict[str, Any]:
    return {
        "data": digest(material),
        "seed": seed,
        "formats": list(formats),
        "epochs_asked": epochs,
        "sizes": {one.family: [one.width, one.inside] for one in lineup},
    }


def _plan(
    record: Record,
    fits: dict[str, Fit],
    material: Material,
    formats: tuple[str, ...],
    epochs: int | None,
    spent: Callable[[], float],
    clock: Callable[[], float],
    say: Progress,
) -> None:
    """Find the number of epochs: that asked for, or what the first ones leave of the budget."""
    if record.budget_s is None:
        record.epochs, record.limited_by = epochs, "epochs"
        record.save()
        return
    if not record.files_s:
        say("making one untrained file, to learn how long that takes", 0.02)
        began = clock()
        with tempfile.TemporaryDirectory() as folder:
            export(
                fits[PACED_BY].model,
                material,
                name=PACED_BY,
                out=Path(folder) / BUNDLE,
                formats=formats,
            )
        record.files_s = clock() - began
        guesses = {}
        for family, fit in fits.items():
            say(f"{family}: timing its first steps", 0.04)
            guesses[family] = fit.probe(clock)
        check_budget(record.budget_s, epoch_s=guesses, files_s=record.files_s, spent_s=spent())
        record.save()
    for family, fit in fits.items():
        if fit.epochs:
            continue
        began = clock()
        fit.epoch(material.recipe.epochs, lambda share, name=family: say(f"{name}: epoch 1", 0.05))  # type: ignore[misc]
        record.epoch_s[family] = clock() - began
        record.save()
    pace = choose_epochs(
        record.budget_s,
        epoch_s=record.epoch_s,
        files_s=record.files_s,
        spent_s=spent(),
        most=material.recipe.epochs,
    )
    record.epochs, record.limited_by = pace.epochs, pace.limited_by
    record.save()


def _finished(
    record: Record,
    one: Sized,
    fits: dict[str, Fit],
    material: Material,
    formats: tuple[str, ...],
    place: int,
    say: Progress,
) -> Finished:
    """Return a candidate trained to the end, converted and judged; of an earlier run, too."""
    known = record.finished(one.family)
    if known is not None:
        return known
    epochs, fit = record.epochs, fits[one.family]
    assert epochs is not None  # the plan is made
    room = (0.97 - PLANNED) / 5
    start = PLANNED + place * room
    while fit.epochs < epochs:
        number = fit.epochs
        title = f"{one.family}: epoch {number + 1} of {epochs}"
        fit.epoch(
            epochs,
            lambda share, number=number, title=title: say(  # type: ignore[misc]
                title, start + room * TRAINED * (number + share) / epochs
            ),
        )
    exported = export(
        fit.model,
        material,
        name=one.family,
        out=record.folder / one.family / BUNDLE,
        formats=formats,
        progress=lambda step, share: say(
            f"{one.family}: {step}", start + room * (TRAINED + (1 - TRAINED) * share)
        ),
    )
    finished = Finished(
        family=one.family,
        macs=one.macs,
        params=one.params,
        epochs=fit.epochs,
        train_s=fit.seconds,
        validation_accuracy=fit.validation_accuracy,
        correct=exported.correct,
        float_correct=exported.float_correct,
        int8=exported.int8,
        reason=exported.reason,
    )
    record.finish(finished)
    fit.forget()
    return finished


def _compared(done: Sequence[Finished], out: Path, material: Material) -> tuple[Compared, ...]:
    reference = best(done, attends=False)
    files = {
        one.family: out / one.family / BUNDLE / str(one.int8["file"])
        for one in done
        if one.int8 is not None
    }
    times = time_together(files, reference.family, material)
    return tuple(
        Compared(
            one,
            None if one is reference else compare(one.correct, reference.correct),
            *times.get(one.family, (None, None)),
        )
        for one in done
    )


def _worth(compared: Sequence[Compared]) -> Worth:
    by_family = {one.one.family: one for one in compared}
    done = [one.one for one in compared]
    attention, reference = best(done, attends=True), best(done, attends=False)
    return decide(by_family[attention.family], by_family[reference.family])
