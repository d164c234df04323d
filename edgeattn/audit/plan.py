"""What an epoch and a file take here, and so how many epochs all candidates get."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from edgeattn.audit.export import export
from edgeattn.audit.fit import Fit
from edgeattn.audit.material import Material
from edgeattn.audit.pace import check_budget, choose_epochs
from edgeattn.audit.record import Record

Clock = Callable[[], float]
PACED_BY = "multi-head"  # whose file is made once, untrained, to learn how long that takes


def plan_epochs(
    record: Record,
    fits: Mapping[str, Fit],
    material: Material,
    *,
    formats: tuple[str, ...],
    asked: int | None,
    spent: Clock,
    clock: Clock,
    say: Callable[[str, float], None],
) -> None:
    """Find the number of epochs: that asked for, or what the first ones leave of the budget.

    Args:
        record: Gets what is found, step by step, so that a stopped plan goes on.
        fits: By candidate; each has its first epoch behind it afterwards.
        material: The samples.
        formats: Of the files that will be made.
        asked: A number of epochs; None where there is a budget.
        spent: Seconds until now.
        clock: Seconds.
        say: Told what is being done and the share of the whole audit.

    Raises:
        BadUsage: The budget does not reach for one epoch; nothing has been written then.
    """
    if record.budget_s is None:
        record.epochs, record.limited_by = asked, "epochs"
        record.save()
        return
    if not record.files_s:
        record.files_s = _seconds_of_a_file(fits[PACED_BY], material, formats, clock, say)
        guesses = {}
        for family, fit in fits.items():
            say(f"{family}: timing its first steps", 0.04)
            guesses[family] = fit.probe(clock)
        check_budget(record.budget_s, epoch_s=guesses, files_s=record.files_s, spent_s=spent())
        record.save()
    for family, fit in fits.items():
        if not fit.epochs:
            record.epoch_s[family] = _first_epoch(family, fit, material.recipe.epochs, clock, say)
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


def _seconds_of_a_file(
    fit: Fit,
    material: Material,
    formats: tuple[str, ...],
    clock: Clock,
    say: Callable[[str, float], None],
) -> float:
    """Make an untrained candidate's bundle; what the machine lacks for it shows now, too."""
    say("making one untrained file, to learn how long that takes", 0.02)
    began = clock()
    with tempfile.TemporaryDirectory() as folder:
        export(fit.model, material, name=PACED_BY, out=Path(folder) / "bundle", formats=formats)
    return clock() - began


def _first_epoch(
    family: str, fit: Fit, epochs: int, clock: Clock, say: Callable[[str, float], None]
) -> float:
    began = clock()
    fit.epoch(epochs, lambda share: say(f"{family}: epoch 1", 0.05))
    return clock() - began
