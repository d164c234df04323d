"""A model file in the comparison, and how EdgeAttn makes its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from edgeattn.data.data import Data
from edgeattn.sources.loaded import LoadedModel
from edgeattn_converters.bias_correction import SAMPLES
from edgeattn_converters.calibrate import calibrate
from edgeattn_converters.candidate import Draft
from edgeattn_converters.capture import capture
from edgeattn_converters.drafts import drafts
from edgeattn_converters.evidence import by_port, samples_of
from edgeattn_converters.one_thread import one_thread
from edgeattn_converters.passes import PASSES
from edgeattn_converters.policies import policy_for
from edgeattn_converters.recipe import RECIPES
from edgeattn_runtime.machine import cpu_class

ENGINES = {"onnx": "ONNX Runtime", "tflite": "LiteRT"}


@dataclass(frozen=True)
class Contender:
    """One file, or the reason why there is none.

    Attributes:
        format: "onnx" or "tflite".
        recipe: How it was made, as the table says it.
        precision: "fp32" or "int8".
        ours: Whether EdgeAttn made it.
        content: The file; None when it could not be made.
        seconds: From the PyTorch model in memory to the file, calibration included.
        note: Why there is no file, or what had to be done first.
    """

    format: str
    recipe: str
    precision: str
    ours: bool = False
    content: bytes | None = None
    seconds: float | None = None
    note: str = ""

    @property
    def key(self) -> str:
        """Unique in one comparison."""
        return f"{self.format} {self.recipe}"

    @property
    def engine(self) -> str:
        """Who runs it."""
        return ENGINES[self.format]


@one_thread()
def our_contenders(loaded: LoadedModel, calibration: Data) -> tuple[Contender, ...]:
    """Return the candidates that `edgeattn convert` would choose from where the library is."""
    assert loaded.example_inputs is not None
    started = time.perf_counter()
    captured = capture(loaded.module, loaded.example_inputs, name=loaded.name)
    program = captured
    for rewrite in PASSES:
        program = rewrite(program)
    shared = time.perf_counter() - started
    samples = list(samples_of(program, by_port(program, calibration.x)))
    ranges = calibrate(program, samples, hashes=calibration.hashes())
    calibrating = time.perf_counter() - started - shared
    found = []
    for format in ENGINES:
        policy = policy_for(format, cpu_class()).with_kernels()
        made = drafts(captured, program, ranges, RECIPES["int8"], policy, samples[:SAMPLES])
        for draft, seconds in timed(made):
            if not draft.stock:
                found.append(
                    Contender(
                        format=format,
                        recipe=f"EdgeAttn {draft.recipe or 'fp32'}",
                        precision=draft.precision,
                        ours=True,
                        content=draft.content,
                        seconds=seconds + shared + (calibrating if draft.recipe else 0.0),
                    )
                )
    return tuple(found)


def timed(made: Iterator[Draft]) -> Iterator[tuple[Draft, float]]:
    """Yield what an iterator yields, and how many seconds each took."""
    before = time.perf_counter()
    for one in made:
        yield one, time.perf_counter() - before
        before = time.perf_counter()
