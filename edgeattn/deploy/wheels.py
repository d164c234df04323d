"""Which wheel of which engine installs on which board: a table, and why nothing else does.

Looked up with `pip download --no-deps --only-binary=:all: --platform ... --python-version ...` on
2026-11-21: the newest version for each Python. An engine runs with NumPy alone; what else its
metadata asks for (flatbuffers, protobuf, sympy ...) is for other uses and stays away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeattn.deploy.board import BoardFacts, Interpreter

# Oldest versions that a board may bring itself; older ones lack operators that bundles use.
FLOORS: Mapping[str, tuple[int, ...]] = {
    "onnxruntime": (1, 16),
    "ai-edge-litert": (1, 2),
    "tflite-runtime": (2, 13),
}


@dataclass(frozen=True)
class EngineWheel:
    """One version of an engine, and where it installs.

    Attributes:
        engine: A name of `session.ENGINES`, which is also its distribution's name.
        version: The newest one there.
        architecture: Of the interpreter: "aarch64", "armv7l" or "x86_64".
        oldest: First Python it exists for.
        newest: Last one.
        glibc: Oldest C library it runs with.
    """

    engine: str
    version: str
    architecture: str
    oldest: tuple[int, int]
    newest: tuple[int, int]
    glibc: tuple[int, int]

    def fits(self, python: Interpreter, architecture: str) -> bool:
        """Return whether it installs for an interpreter."""
        return (
            architecture == self.architecture
            and self.oldest <= python.version[:2] <= self.newest
            and python.glibc is not None
            and python.glibc >= self.glibc
        )


_BOTH = tuple(  # the same versions for both 64-bit architectures
    EngineWheel(engine, version, architecture, oldest, newest, glibc)
    for architecture in ("aarch64", "x86_64")
    for engine, version, oldest, newest, glibc in (
        ("ai-edge-litert", "2.3.0", (3, 10), (3, 14), (2, 27)),
        ("ai-edge-litert", "2.1.0", (3, 9), (3, 9), (2, 27)),
        ("onnxruntime", "1.31.1", (3, 11), (3, 14), (2, 28)),
        ("onnxruntime", "1.23.2", (3, 10), (3, 10), (2, 27)),  # JetPack 6
        ("onnxruntime", "1.19.2", (3, 8), (3, 9), (2, 27)),  # JetPack 5
    )
)
ENGINE_WHEELS = (
    *_BOTH,
    EngineWheel("tflite-runtime", "2.14.0", "x86_64", (3, 8), (3, 11), (2, 17)),
    EngineWheel("tflite-runtime", "2.14.0", "aarch64", (3, 8), (3, 11), (2, 34)),
    EngineWheel("tflite-runtime", "2.13.0", "aarch64", (3, 8), (3, 10), (2, 17)),
    EngineWheel("tflite-runtime", "2.14.0", "armv7l", (3, 8), (3, 11), (2, 34)),
    EngineWheel("tflite-runtime", "2.13.0", "armv7l", (3, 8), (3, 10), (2, 17)),
)

# (first Python, last Python) -> NumPy; PyPI has none for armv7l.
NUMPY = {
    ((3, 8), (3, 8)): "1.24.4",
    ((3, 9), (3, 9)): "2.0.2",
    ((3, 10), (3, 10)): "2.2.6",
    ((3, 11), (3, 11)): "2.4.6",
    ((3, 12), (3, 14)): "2.5.5",
}
NUMPY_1 = {((3, 8), (3, 8)): "1.24.4", ((3, 9), (3, 11)): "1.26.4"}  # tflite-runtime: below 2


def architecture_of(facts: BoardFacts, python: Interpreter) -> str:
    """Return the architecture wheels are chosen by: the interpreter's, not the kernel's.

    A 32-bit Raspberry Pi OS may run on a 64-bit kernel that calls itself aarch64.
    """
    if python.bits == 32 and facts.machine in ("aarch64", "armv8l", "armv7l"):
        return "armv7l"
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(facts.machine, facts.machine)


def wheel_for(engine: str, facts: BoardFacts, python: Interpreter) -> EngineWheel | None:
    """Return the newest wheel of an engine for one of the board's interpreters; None without."""
    architecture = architecture_of(facts, python)
    for wheel in ENGINE_WHEELS:
        if wheel.engine == engine and wheel.fits(python, architecture):
            return wheel
    return None


def numpy_for(engine: str, python: Interpreter, architecture: str) -> str | None:
    """Return the version of NumPy to send with an engine; None where there is no wheel of it."""
    if architecture == "armv7l":
        return None
    table = NUMPY_1 if engine == "tflite-runtime" else NUMPY
    for (oldest, newest), version in table.items():
        if oldest <= python.version[:2] <= newest:
            return version
    return None


def brings(engine: str, python: Interpreter) -> bool:
    """Return whether an interpreter of the board has an engine and a NumPy that go together."""
    if engine not in python.engines or python.numpy is None:
        return False
    found = numbers(python.engines[engine])
    # Without metadata ("0") it is a vendor's own build: what the board is meant to run.
    new_enough = found == (0,) or found >= FLOORS[engine]
    return new_enough and numpy_goes_with(engine, python.numpy)


def numpy_goes_with(engine: str, version: str) -> bool:
    """Return whether a NumPy goes with an engine: tflite-runtime was built before NumPy 2."""
    return engine != "tflite-runtime" or numbers(version) < (2,)


def numbers(version: str) -> tuple[int, ...]:
    """Return a version's leading numbers.

    >>> numbers("1.18.0+jetson"), numbers("2.0rc1")
    ((1, 18, 0), (2,))
    """
    found = []
    for part in version.split("+")[0].split("."):
        if not part.isdigit():
            break
        found.append(int(part))
    return tuple(found) or (0,)


def refusal(engine: str, facts: BoardFacts, python: Interpreter) -> str:
    """Return why no wheel of an engine installs for an interpreter, and what would."""
    architecture = architecture_of(facts, python)
    rows = [wheel for wheel in ENGINE_WHEELS if wheel.engine == engine]
    here = [wheel for wheel in rows if wheel.architecture == architecture]
    if not here:
        places = ", ".join(sorted({wheel.architecture for wheel in rows}))
        also = (
            "; a 64-bit system on the same board has them all" if architecture == "armv7l" else ""
        )
        return f"{engine} has no wheel for {architecture}, only for {places}{also}"
    if python.glibc is None:
        return f"{engine} needs the GNU C library, and Python at {python.path} runs with another"
    pythons = [wheel for wheel in here if wheel.oldest <= python.version[:2] <= wheel.newest]
    if not pythons:
        oldest, newest = min(w.oldest for w in here), max(w.newest for w in here)
        return (
            f"{engine} exists for Python {_dotted(oldest)} to {_dotted(newest)} on {architecture}, "
            f"the board has {python.short}; install another beside it and name it with --python"
        )
    needed = min(wheel.glibc for wheel in pythons)
    return (
        f"{engine} for Python {python.short} needs glibc {_dotted(needed)}, the board has "
        f"{_dotted(python.glibc)}; a newer system on the board has it"
    )


def _dotted(pair: tuple[int, int]) -> str:
    return f"{pair[0]}.{pair[1]}"
