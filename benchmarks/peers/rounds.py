"""Run all files of one model in turn: every round gives every file a turn in its engine's process.

A turn is one untimed run, because another process had the caches, and then as many timed ones as
fit into `turn_ms`; their median is the round's sample. Rounds rotate, so that no file always
follows the same neighbour. A file that kills its engine loses its place; the others go on.

Who is in the race has a turn in every round. A file far behind has fewer, spread over the whole
measurement: a hundred milliseconds more or less change nothing there, and the time goes to the
rows that are close, where a ratio needs hundreds of rounds to be known within 3 %.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.measuring import Effort
from benchmarks.peers.catalog import EDGEATTN
from benchmarks.peers.crew import Crew, EngineError
from benchmarks.peers.source import Array, Source
from benchmarks.peers.store import Made

QUICK = Effort("quick", rounds=30, warmup=1, turn_ms=8.0, repeats=1)
FULL = Effort("full", rounds=400, warmup=3, turn_ms=12.0, repeats=1)
MOST_RUNS = 20
FEWEST = 15
"""Turns that every file has, where there are as many rounds."""
CLOSE, FAR = 1.5, 10.0
"""Times as slow as the fastest peer: in the race up to the first, hopeless beyond the second."""
BEHIND = 5
"""Who is behind has a turn in every fifth round."""

OWN_ENGINES = frozenset(recipe.engine for recipe in EDGEATTN.recipes)


@dataclass(frozen=True)
class Measured:
    """A file that ran.

    Attributes:
        made: It.
        provider: What ran it, in the engine's words.
        answers: Its logits for the evaluation samples, [N, classes].
        ms: One sample per turn, in milliseconds.
    """

    made: Made
    provider: str
    answers: Array
    ms: tuple[float, ...]


class Field:
    """One model's files, each open in its engine's process; see `measured`."""

    def __init__(self, crew: Crew, source: Source) -> None:
        """Open nothing yet."""
        self.crew, self.source = crew, source
        self.refused: dict[str, str] = {}
        self.provider: dict[str, str] = {}
        self.answers: dict[str, Array] = {}
        self._where: dict[str, int] = {}

    def ask(self, one: Made, **request: object) -> dict[str, object]:
        """Ask for something about a file, opening it again where its engine was started anew."""
        engine = one.recipe.engine
        if self._where.get(one.key) != self.crew.pid(engine):
            self._open(one)
        return self.crew.ask(engine, file=str(one.path), **request)

    def enter(self, one: Made) -> None:
        """Open a file and take its answers; what it cannot do is noted."""
        try:
            with tempfile.TemporaryDirectory() as folder:
                out = Path(folder, "answers.npy")
                self.ask(one, do="answer", out=str(out))
                self.answers[one.key] = checked(np.load(out), self.source.reference())
        except EngineError as error:
            self.refused[one.key] = str(error)

    def turn(self, one: Made, runs: int) -> float | None:
        """Return the median of some runs in milliseconds; None once the file has failed."""
        if one.key in self.refused:
            return None
        try:
            seconds = self.ask(one, do="time", runs=runs)["seconds"]
        except EngineError as error:
            self.refused[one.key] = str(error)
            return None
        assert isinstance(seconds, list)
        return 1000 * float(median(seconds))

    def close(self, files: Sequence[Made]) -> None:
        """Forget all files, so that the next model finds the memory."""
        for one in files:
            if self._where.get(one.key) == self.crew.pid(one.recipe.engine):
                self.crew.ask(one.recipe.engine, do="close", file=str(one.path))

    def _open(self, one: Made) -> None:
        engine = one.recipe.engine
        reply = self.crew.ask(
            engine, do="open", file=str(one.path), names=self.source.told()["inputs"],
            samples=str(self.source.folder / "evaluation.npz"),
        )  # fmt: skip
        self.provider[one.key] = str(reply["provider"])
        self._where[one.key] = self.crew.pid(engine)


def checked(found: Array, reference: Array) -> Array:
    """Return answers that can be judged.

    Raises:
        EngineError: They have another shape, or are not finite.
    """
    if found.size != reference.size:
        raise EngineError(f"answers {list(found.shape)} in place of {list(reference.shape)}")
    if not np.isfinite(found).all():
        raise EngineError("its answers are not finite")
    reshaped: Array = found.reshape(reference.shape)
    return reshaped


def measured(
    crew: Crew,
    source: Source,
    files: Sequence[Made],
    effort: Effort,
    say: Callable[[str], None] = lambda words: None,
) -> tuple[tuple[Measured, ...], dict[str, str]]:
    """Return what ran, and by key why the others did not."""
    field = Field(crew, source)
    for one in files:
        say(f"{source.name}: {one.key} opens")
        field.enter(one)
    first = {one.key: ms for one in files if (ms := field.turn(one, 3)) is not None}
    running = [one for one in files if one.key in first]
    every = strides(running, first, effort.rounds)
    samples: dict[str, list[float]] = {one.key: [] for one in running}
    for round_ in range(-effort.warmup, effort.rounds):
        say(f"{source.name}: round {round_ + 1} of {effort.rounds}, {len(running)} files")
        for place in range(len(running)):
            index = (round_ + place) % len(running)
            one = running[index]
            if (round_ + index) % every[one.key]:
                continue
            took = field.turn(one, runs_in(effort.turn_ms, first[one.key]))
            if round_ >= 0 and took is not None:
                samples[one.key].append(took)
    field.close(running)
    return tuple(
        Measured(one, field.provider[one.key], field.answers[one.key], tuple(samples[one.key]))
        for one in running
        if one.key not in field.refused
    ), field.refused


def strides(files: Sequence[Made], first_ms: Mapping[str, float], rounds: int) -> dict[str, int]:
    """Return by key in which rounds a file has its turn: 1 is every one, 5 every fifth.

    Args:
        files: They run.
        first_ms: What a run took at first, by key.
        rounds: How many there will be; at least FEWEST of them are everyone's.

    EdgeAttn's files are always in the race, and so is the best peer on each engine that it writes
    for, in float and in int8. Files of other engines are held against the fastest of all engines.
    """
    found = {}
    for one in files:
        peers = [each for each in files if not each.ours and _precision(each) == _precision(one)]
        same = [each for each in peers if each.recipe.engine == one.recipe.engine]
        rivals = same if one.recipe.engine in OWN_ENGINES else peers
        if one.ours or first_ms[one.key] <= CLOSE * _pace(rivals, first_ms):
            wanted = 1
        else:
            wanted = BEHIND if first_ms[one.key] <= FAR * _pace(peers, first_ms) else rounds
        found[one.key] = max(1, min(wanted, rounds // FEWEST))
    return found


def _precision(one: Made) -> str:
    return one.recipe.precision


def _pace(files: Sequence[Made], first_ms: Mapping[str, float]) -> float:
    return min(first_ms[one.key] for one in files)


def runs_in(turn_ms: float, run_ms: float) -> int:
    """Return how many runs fill a turn.

    >>> runs_in(8.0, 3.0), runs_in(8.0, 50.0), runs_in(8.0, 0.01)
    (3, 1, 20)
    """
    return min(MOST_RUNS, max(1, math.ceil(turn_ms / max(run_ms, 1e-3))))
