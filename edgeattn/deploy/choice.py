"""Board and bundle -> the engine to run it with, the interpreter, and the wheels to send, if any.

1. An engine that the board has already wins: nothing is to be sent, and a vendor's own build
   (JetPack's ONNX Runtime) is better than any wheel.
2. Otherwise the first of `PREFERENCE` for which the bundle has files and the board a wheel. LiteRT
   comes first: its wheel is smaller, and its float is the faster one (README, measured).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeattn.deploy.board import BoardFacts, Interpreter
from edgeattn.deploy.wheels import (
    EngineWheel,
    architecture_of,
    brings,
    numpy_for,
    numpy_goes_with,
    refusal,
    wheel_for,
)
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadEnvironment, BadInput, BadUsage
from edgeattn_runtime.model_file import ModelFile
from edgeattn_runtime.providers import ACCELERATORS, accelerator, is_accelerator
from edgeattn_runtime.session import ENGINES, FORMATS

PREFERENCE = ("ai-edge-litert", "onnxruntime", "tflite-runtime")


@dataclass(frozen=True, kw_only=True)
class EngineChoice:
    """How a bundle is going to be run on a board.

    Attributes:
        engine: A name of `session.ENGINES`.
        run_as: What `--engine` gets on the board: the engine, or one of its accelerators.
        version: What is there, or what is sent.
        python: The interpreter.
        files: The model files to ship.
        requirements: Distributions to send, as "name==version"; none where the board has them.
        architecture: Of the interpreter, for the wheels.
        reason: One sentence.
    """

    engine: str
    run_as: str
    version: str
    python: Interpreter
    files: tuple[ModelFile, ...]
    requirements: tuple[str, ...] = ()
    architecture: str
    reason: str


def choose_engine(bundle: Bundle, facts: BoardFacts, wanted: str | None = None) -> EngineChoice:
    """Return how to run `bundle` on a board.

    Args:
        bundle: The bundle, opened.
        facts: The board, probed.
        wanted: "onnx", "tflite", an engine or an accelerator; None leaves it to the board.

    Raises:
        BadUsage: There is no engine of that name.
        BadInput: The bundle has no file for it, or none that a CPU runs.
        BadEnvironment: No engine for it installs on the board; why, for each.
    """
    engines = _candidates(bundle, wanted)
    for engine in engines:
        for python in facts.pythons:
            if brings(engine, python):
                return EngineChoice(
                    engine=engine,
                    run_as=_run_as(engine, wanted),
                    version=python.engines[engine],
                    python=python,
                    files=files_for(bundle, engine, wanted),
                    architecture=architecture_of(facts, python),
                    reason=f"{engine} {python.engines[engine]} is on the board already "
                    f"({python.path})",
                )
    reasons = []
    for engine in engines:
        for python in facts.pythons:
            wheel = wheel_for(engine, facts, python)
            if wheel is not None:
                found = _with_wheel(bundle, facts, python, wheel, wanted)
                if isinstance(found, EngineChoice):
                    return found
                reasons.append(found)
        if all(wheel_for(engine, facts, python) is None for python in facts.pythons):
            reasons.append(refusal(engine, facts, facts.pythons[0]))
    raise BadEnvironment(
        f"no engine for this bundle installs on {facts.description}: " + "; ".join(reasons)
    )


def files_for(bundle: Bundle, engine: str, wanted: str | None = None) -> tuple[ModelFile, ...]:
    """Return the files of a bundle that an engine runs: those for its CPU kernels, or for `wanted`.

    An accelerator also runs the files made for it.
    """
    targets: list[str | None] = [None]
    if wanted is not None and is_accelerator(wanted):
        targets.append(accelerator(wanted).target)
    return tuple(
        file
        for file in bundle.present()
        if file.target in targets and engine in FORMATS[file.format]
    )


def can_run(bundle: Bundle, run_as: str) -> bool:
    """Return whether a bundle has files for an engine or accelerator."""
    if is_accelerator(run_as):
        try:
            return bool(files_for(bundle, accelerator(run_as).engine, run_as))
        except BadUsage:  # options of another version of edgeattn
            return False
    return run_as in ENGINES and bool(files_for(bundle, run_as))


def _run_as(engine: str, wanted: str | None) -> str:
    return wanted if wanted is not None and is_accelerator(wanted) else engine


def _candidates(bundle: Bundle, wanted: str | None) -> Sequence[str]:
    """Return the engines to be tried, best first."""
    base = accelerator(wanted).engine if wanted is not None and is_accelerator(wanted) else wanted
    if base is not None and base not in (*FORMATS, *ENGINES):
        raise BadUsage(
            f"there is no engine {wanted!r}; choose one of "
            f"{', '.join((*FORMATS, *ENGINES, *ACCELERATORS))}"
        )
    asked = [
        engine
        for engine in PREFERENCE
        if base in (None, engine) or engine in FORMATS.get(str(base), ())
    ]
    found = [engine for engine in asked if files_for(bundle, engine, wanted)]
    if found:
        return found
    held = ", ".join(file.name for file in bundle.present())
    targets = sorted({file.target for file in bundle.present() if file.target is not None})
    if targets and all(file.target is not None for file in bundle.present()):
        raise BadInput(
            f"the files of this bundle are made for {', '.join(targets)} ({held}), not for "
            f"{wanted or 'a CPU'}; name that accelerator with --engine, or convert without --target"
        )
    raise BadInput(
        f"the bundle has no file for {wanted} (it has {held}); convert again with "
        "`--to onnx,tflite`, or choose another --engine"
    )


def _with_wheel(
    bundle: Bundle, facts: BoardFacts, python: Interpreter, wheel: EngineWheel, wanted: str | None
) -> EngineChoice | str:
    """Return the choice of a wheel; or why its NumPy cannot be had."""
    architecture = architecture_of(facts, python)
    numpy = numpy_for(wheel.engine, python, architecture)
    requirements = [f"{wheel.engine}=={wheel.version}"]
    if numpy is not None:
        requirements.append(f"numpy=={numpy}")
    elif python.numpy is None or not numpy_goes_with(wheel.engine, python.numpy):
        has = "no NumPy" if python.numpy is None else f"NumPy {python.numpy}"
        return (
            f"{wheel.engine} needs a NumPy below 2, {architecture} has no wheel of it, and Python "
            f"at {python.path} has {has}: `sudo apt install python3-numpy` on the board adds one "
            "(Debian 12: 1.24)"
        )
    return EngineChoice(
        engine=wheel.engine,
        run_as=_run_as(wheel.engine, wanted),
        version=wheel.version,
        python=python,
        files=files_for(bundle, wheel.engine, wanted),
        requirements=tuple(requirements),
        architecture=architecture,
        reason=f"{wheel.engine} {wheel.version} is the newest for Python {python.short} on "
        f"{architecture}",
    )
