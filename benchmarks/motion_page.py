"""The page of `python -m benchmarks.motion`: what each classifier got right, and who was hard."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch

from benchmarks.motion_features import TREES as TREES_EACH
from benchmarks.record import Bar, Page, Table
from edgeattn.audit.comparison import wilson
from edgeattn.data.motion import LABELS
from edgeattn.data.sp_sw_har import TEST_SUBJECTS
from edgeattn.training.scores import scores

TREES = "ExtraTrees"
HYBRIDS = ("motion-hybrid", "motion-hybrid-watch")
WANTED, LARGEST = 0.9, 300_000  # of the hybrid on the phone: accuracy, parameters

LEAD = """\
Two seconds of a phone in the pocket or a watch on the wrist, five activities, judged on the five \
people of the test split, whom nobody has seen ({subjects}). Fifteen people train, three validate. \
Windows overlap by half, so Wilson's 95 % interval, which takes them as independent, is too \
narrow. The three models of a device differ in their blocks, and the hybrid learnt from the \
recurrent one too (--teacher), which is the baseline with the better macro F1 on the people who \
validate. The hybrid was tested twice, everything else once: without a teacher it got 456 of 512 \
right on the phone and 445 of 509 on the watch, which is why it got one. ExtraTrees is \
scikit-learn's, {trees} trees on 312 hand-made numbers per window, fitted to the fifteen. \
What int8 costs is in docs/measurements/zoo.md."""
AGREED = """\
A window is called what most of its samples are. Right, by the share of the samples that has the \
window's label."""
SHARES = ((0.0, 0.6), (0.6, 0.8), (0.8, 1.01))


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one classifier reached on one device's test split.

    Attributes:
        name: In the zoo, or TREES.
        device: "phone" or "watch".
        params: Parameters; None for trees.
        epochs: Of its training; None for trees.
        validation: Share of the validation windows that is right; None for trees.
        confusion: Row: what it was, column: what it was called.
        by_person: Share that is right, by the person's number.
        by_share: Share that is right, for each of SHARES.
    """

    name: str
    device: str
    params: int | None
    epochs: int | None
    validation: float | None
    confusion: list[list[int]]
    by_person: dict[int, float]
    by_share: list[float]

    @property
    def right(self) -> int:
        """Windows that are right."""
        return int(np.trace(self.confusion))

    @property
    def tested(self) -> int:
        """Of so many."""
        return int(np.sum(self.confusion))

    @property
    def accuracy(self) -> float:
        """The share that is right."""
        return self.right / self.tested

    @property
    def f1(self) -> float:
        """Macro F1."""
        return scores(torch.tensor(self.confusion)).f1


def page(found: list[Found]) -> Page:
    """Return the page."""
    people = sorted(TEST_SUBJECTS)
    accuracy = Table(
        "Accuracy on the test split",
        ("device", "model", "parameters", "epochs", "validation", "test", "95 % interval",
         "macro F1", *(f"person {person}" for person in people)),
        tuple(accuracy_row(one, people) for one in found),
    )  # fmt: skip
    sure = Table(
        "How sure the label is",
        ("device", "model", "below 60 %", "60 to 80 %", "above 80 %"),
        tuple((one.device, one.name, *(f"{share:.1%}" for share in one.by_share)) for one in found),
        AGREED,
    )
    return Page(
        name="motion",
        title="Five activities from the sensors of a phone and of a watch",
        lead=LEAD.format(subjects=", ".join(map(str, people)), trees=TREES_EACH),
        tables=(accuracy, sure, *(confusion(one) for one in found if one.name in HYBRIDS)),
        bars=bars(found),
        data={"models": [asdict(one) for one in found]},
    )


def bars(found: list[Found]) -> tuple[Bar, ...]:
    """Return the goals of the hybrid on the phone."""
    hybrid = next(one for one in found if one.name == HYBRIDS[0])
    params = hybrid.params or 0
    return (
        Bar(
            f"{hybrid.name}: people never seen, phone", f">= {WANTED:.0%}",
            f"{hybrid.accuracy:.2%}", hybrid.accuracy >= WANTED,
        ),
        Bar(f"{hybrid.name}: parameters", f"<= {LARGEST:,}", f"{params:,}", params <= LARGEST),
    )  # fmt: skip


def accuracy_row(one: Found, people: list[int]) -> tuple[str, ...]:
    """Return the cells of one classifier."""
    low, high = wilson(one.right, one.tested)
    return (
        one.device,
        one.name,
        "-" if one.params is None else f"{one.params:,}",
        "-" if one.epochs is None else str(one.epochs),
        "-" if one.validation is None else f"{one.validation:.2%}",
        f"{one.accuracy:.2%} ({one.right} of {one.tested})",
        f"{low:.2%} to {high:.2%}",
        f"{one.f1:.2%}",
        *(f"{one.by_person[person]:.1%}" for person in people),
    )


def confusion(one: Found) -> Table:
    """Return what was called what."""
    names = [name.lower().replace("_", " ") for name in LABELS]
    return Table(
        f"What {one.name} called them",
        ("was, called", *names),
        tuple(
            (name, *map(str, row)) for name, row in zip(names, one.confusion, strict=True)
        ),
    )  # fmt: skip
