"""Whether attention is worth it here, in one sentence; "not decided" is an answer.

The best of each camp is chosen by its validation samples and compared once on the test samples, so
that nobody wins by having been the luckiest of three. Then, with g the paired gain of attention:

    the interval of g lies above 0             worth it, at this price
    the interval of g lies below 0             not worth it
    at most 1 point can be gained or lost      decided by the latency of the int8 files
    less than 1 point can be gained            not worth it
    else                                       not decided by so many samples
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeattn.audit.comparison import compare, samples_needed
from edgeattn.audit.result import Compared, Finished

MARGIN_PP = 1.0
"""A gain below this counts as none: what `edgeattn convert` lets int8 cost by default."""


@dataclass(frozen=True)
class Worth:
    """The answer.

    Attributes:
        answer: "yes", "no" or "undecided".
        sentence: For a person.
        attention: The candidate that stood for attention.
        reference: The candidate that stood for doing without.
    """

    answer: str
    sentence: str
    attention: str
    reference: str

    def to_json(self) -> dict[str, Any]:
        """Return the entry of audit.json."""
        return vars(self).copy()


def best(finished: Sequence[Finished], *, attends: bool) -> Finished:
    """Return the candidate with, or without, attention that its validation samples like best.

    Of equals the one that comes first: that with fewer ideas in it.
    """
    return max(
        (one for one in finished if one.attends == attends), key=lambda one: one.validation_accuracy
    )


def decide(attention: Compared, reference: Compared) -> Worth:
    """Say whether attention is worth it here."""
    one, other = attention.one, reference.one
    paired = compare(one.correct, other.correct)
    total = len(one.correct)
    gain, low, high = paired.gain_pp, paired.low_pp, paired.high_pp
    price = _price(attention, reference)
    more = "more" if gain > 0 else "fewer"
    gains = (
        f"{one.family} gets {abs(gain):.2f} points {more} of {total} test samples right than "
        f"{other.family}"
        if gain
        else f"{one.family} and {other.family} get equally many of {total} test samples right"
    )
    trained = f"{one.epochs} {'epoch' if one.epochs == 1 else 'epochs'}"
    gains = f"after {trained} {gains} ({low:+.2f} to {high:+.2f} points, p {paired.p_words})"
    ratio = attention.ratio
    faster = ratio is not None and ratio.high < 1
    if low > 0:
        answer, words = "yes", f"Attention is worth it here: {gains}{price}"
    elif high < 0:
        answer, words = "no", f"Attention is not worth it here: {gains}{price}"
    elif high < MARGIN_PP and low > -MARGIN_PP and faster:
        answer = "yes"
        words = f"Attention is worth it here for its speed: {gains}{price}"
    elif high < MARGIN_PP:
        answer = "no"
        words = f"Attention is not worth it here: it can gain less than a point, {gains}{price}"
    else:
        answer = "undecided"
        needed = samples_needed(paired, total)
        enough = "" if needed is None else f"; about {_round(needed):,} would tell such a gap"
        words = f"Not decided by {total} test samples: {gains}{price}{enough}"
    return Worth(answer, f"{words}.", one.family, other.family)


def _price(attention: Compared, reference: Compared) -> str:
    """Return what it costs: latency and size of the int8 files, as far as there are any."""
    if attention.ratio is None or attention.one.int8 is None or reference.one.int8 is None:
        missing = [one.one.family for one in (attention, reference) if one.one.int8 is None]
        return f"; {' and '.join(missing)} without an int8 file" if missing else ""
    size = attention.one.int8["bytes"] / reference.one.int8["bytes"]
    ratio = attention.ratio
    return (
        f", at {ratio.ratio:.2f} times the int8 latency ({ratio.low:.2f} to {ratio.high:.2f}) and "
        f"{size:.2f} times the file"
    )


def _round(count: int) -> int:
    """Return two leading digits, rounded up: an estimate deserves no more."""
    step = int(10 ** max(0, len(str(count)) - 2))
    return -(-count // step) * step
