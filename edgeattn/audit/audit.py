"""Data and a budget -> five candidates of equal size, and whether attention is worth it here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edgeattn.audit.comparison import compare
from edgeattn.audit.finish import BUNDLE, finish
from edgeattn.audit.fit import Fit, digest
from edgeattn.audit.material import SIDE, Material, load_material
from edgeattn.audit.outcome import Audited
from edgeattn.audit.page import write_page
from edgeattn.audit.plan import PACED_BY, plan_epochs
from edgeattn.audit.record import check_free, new_record, old_record
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
PLANNED, TIMING = 0.1, 0.97  # where in the progress the plan is made, and all is trained


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
            plan_epochs(
                record, fits, material,
                formats=tuple(formats), asked=epochs, spent=spent, clock=clock, say=say,
            )  # fmt: skip
        room = (TIMING - PLANNED) / len(lineup)
        done = [
            record.finished(one.family)
            or finish(
                fits[one.family],
                record,
                formats=tuple(formats),
                say=_between(say, PLANNED + place * room, PLANNED + (place + 1) * room),
            )
            for place, one in enumerate(lineup)
        ]
        say("timing all files in turn", TIMING)
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


def _between(say: Progress, start: float, end: float) -> Progress:
    """Return a progress whose 0 and 1 are `start` and `end` of the whole."""
    return lambda title, share: say(title, start + share * (end - start))


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
