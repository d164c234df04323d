"""Cost: what switching one group does to the latency of the whole file, in milliseconds.

Measured, not counted: a group costs what the file with that group switched takes longer than the
file it was switched in, both run in turn. So the conversions that a switch adds or saves at its
borders are in the number, which a layer timed by itself would not show. Files run in batches of a
few, each batch with the start beside it: memory stays bounded and a drift of the machine cancels.
Of groups that are alike one is timed.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator

from edgeattn_converters.search.alike import stand_ins
from edgeattn_converters.search.allowance import OutOfTime
from edgeattn_converters.search.groups import Mix, switched
from edgeattn_converters.search.journal import Journal
from edgeattn_converters.search.stopwatch import Measure
from edgeattn_converters.search.subject import Subject

AT_ONCE = 7
"""Files beside the start in one batch."""


def extra_ms(
    subject: Subject,
    start: Mix,
    start_ms: float,
    measure: Measure,
    journal: Journal,
    step: Callable[[str], None],
) -> dict[tuple[str, str], float]:
    """Return what each switch adds to the start's latency, by (group, precision).

    What the time did not suffice for is left out.

    Args:
        subject: What is searched.
        start: The mix that is switched in.
        start_ms: Its latency: the unit that the ratios of all batches are turned into.
        measure: Times files in turn.
        journal: Keeps what is measured.
        step: Called before each batch with what it is; raises OutOfTime to stop.
    """
    found = {(group.name, one): 0.0 for group in subject.groups for one in group.choices}
    placed = subject.precisions(start)
    changing = {
        (name, precision): mix
        for (name, precision) in found
        for mix in (switched(subject.groups, start, name, precision),)
        if mix != start and subject.precisions(mix) != placed
    }
    stand_in = stand_ins(subject, start)
    timed = [
        (f"{name} in {precision}", (name, precision), mix)
        for (name, precision), mix in changing.items()
        if stand_in[name] == name
    ]
    base = functools.cache(lambda: subject.quick_draft(start).content)
    known: dict[tuple[str, str], float] = {}
    with contextlib.suppress(OutOfTime):
        for batch in _batches(timed):
            what = ", ".join(word for word, _, _ in batch)
            step(f"cost of {what}")
            question = f"ratios to {'.'.join(start)} of {what}"
            measured = functools.partial(_ratios, subject, base, batch, measure)
            ratios = journal.once(question, measured)
            known.update((switch, start_ms * (ratios[word] - 1.0)) for word, switch, _ in batch)
    for name, precision in changing:
        stands = (stand_in[name], precision)
        if stands in known:
            found[name, precision] = known[stands]
        else:
            del found[name, precision]
    return found


Switch = tuple[str, tuple[str, str], Mix]


def _batches(switches: list[Switch]) -> Iterator[list[Switch]]:
    for first in range(0, len(switches), AT_ONCE):
        yield switches[first : first + AT_ONCE]


def _ratios(
    subject: Subject, base: Callable[[], bytes], batch: list[Switch], measure: Measure
) -> dict[str, float]:
    files = {word: subject.quick_draft(mix).content for word, _, mix in batch}
    times = measure({"start": base(), **files})
    return {word: times[word].p50 / times["start"].p50 for word in files}
