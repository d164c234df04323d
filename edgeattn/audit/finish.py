"""One candidate: trained to the end, converted, judged, and kept."""

from __future__ import annotations

from collections.abc import Callable

from edgeattn.audit.export import export
from edgeattn.audit.fit import Fit
from edgeattn.audit.record import Record
from edgeattn.audit.result import Finished

BUNDLE = "bundle"
TRAINED = 0.8  # of the progress


def finish(
    fit: Fit, record: Record, *, formats: tuple[str, ...], say: Callable[[str, float], None]
) -> Finished:
    """Return what a candidate gets right and costs, once it has had all its epochs.

    Args:
        fit: Its training, wherever it stands.
        record: Says how many epochs, and keeps the result.
        formats: Of the files.
        say: Told what is being done, and the share of this candidate.
    """
    epochs, family = record.epochs, fit.sized.family
    assert epochs is not None  # the plan is made
    while fit.epochs < epochs:
        _one_epoch(fit, epochs, say)
    exported = export(
        fit.model,
        fit.material,
        name=family,
        out=record.folder / family / BUNDLE,
        formats=formats,
        progress=lambda step, share: say(f"{family}: {step}", TRAINED + (1 - TRAINED) * share),
    )
    finished = Finished(
        family=family,
        macs=fit.sized.macs,
        params=fit.sized.params,
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


def _one_epoch(fit: Fit, epochs: int, say: Callable[[str, float], None]) -> None:
    done = fit.epochs
    title = f"{fit.sized.family}: epoch {done + 1} of {epochs}"
    fit.epoch(epochs, lambda share: say(title, TRAINED * (done + share) / epochs))
