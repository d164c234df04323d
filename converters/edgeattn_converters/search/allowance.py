"""The allowance: how many seconds a search may take, and which share of them may go to its tables.

Tables of noise and cost only say what to try; a search that spends all its time on them tries
nothing. So noise may use a third and cost another one; what was not measured by then is guessed.
"""

from __future__ import annotations

from collections.abc import Callable

NOISE_UNTIL, COST_UNTIL = 1 / 3, 2 / 3

Progress = Callable[[str, float], None]


class OutOfTime(Exception):  # noqa: N818 - a signal between the parts of a search
    """The share of the time is used up; what has begun was ended."""


class Allowance:
    """Seconds that are used up by themselves.

    >>> now = iter([0.0, 1.0, 7.0]).__next__
    >>> allowance = Allowance(9.0, now)
    >>> allowance.for_noise("noise of the stem")
    >>> allowance.for_noise("noise of the head")
    Traceback (most recent call last):
    ...
    edgeattn_converters.search.allowance.OutOfTime
    >>> allowance.cut
    True
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float], progress: Progress | None = None
    ) -> None:
        """Start the clock; `progress` is told what is being done and the share of time used."""
        self.seconds, self.clock, self.progress = seconds, clock, progress
        self.began = clock()
        self.cut = False  # whether anything had to be left out

    @property
    def spent(self) -> float:
        """Return the seconds since the start."""
        return self.clock() - self.began

    def step(self, text: str, share: float = 1.0) -> None:
        """Say what comes next, or raise OutOfTime when `share` of the seconds is used up."""
        spent = self.spent
        if spent > share * self.seconds:
            self.cut = True
            raise OutOfTime
        if self.progress is not None:
            self.progress(text, min(1.0, spent / self.seconds) if self.seconds else 1.0)

    def for_noise(self, text: str) -> None:
        """Begin to measure the noise of a group."""
        self.step(text, NOISE_UNTIL)

    def for_cost(self, text: str) -> None:
        """Begin to measure what some switches cost."""
        self.step(text, COST_UNTIL)
