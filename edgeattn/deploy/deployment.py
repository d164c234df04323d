"""Deploying as a straight line.

probe           connection          -> what the board is and has           1 round trip
choose_engine   bundle, board       -> engine, interpreter, wheels
payload_of      bundle, choice      -> files by checksum
shipment        payload, board      -> what it lacks
ship            shipment            -> a release on the board              1 round trip, or none
check           release             -> report                              1 round trip (remote)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeattn.deploy.board import BoardFacts
from edgeattn.deploy.choice import EngineChoice, can_run, choose_engine
from edgeattn.deploy.connection import Connection
from edgeattn.deploy.kernels_wheel import fits, keep_kernels, kernels_wheel
from edgeattn.deploy.payload import folder_name, payload_of
from edgeattn.deploy.probe import probe
from edgeattn.deploy.quirks import require_sound
from edgeattn.deploy.ship import ship, shipment
from edgeattn.deploy.wheel_cache import wheels
from edgeattn_runtime.bundle import Bundle
from edgeattn_runtime.errors import BadEnvironment, BadInput

CLOCK_TOLERANCE_S = 86400.0
AUTO = "auto"  # for `engine`: choose anew, whatever the last deploy chose


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A bundle that lies ready on a board.

    Attributes:
        facts: The board, as it was before.
        choice: The engine and the interpreter that run it.
        release: Its folder there.
        is_new: Whether this deploy made the release, in place of another one or of none.
        moved_bytes: Bytes of files that were sent; 0 when everything was there.
        clock_is_wrong: Whether the board's clock is off by more than a day.
        absent: Files that the manifest has for this engine, and the bundle here has not.
    """

    facts: BoardFacts
    choice: EngineChoice
    release: str
    is_new: bool
    moved_bytes: int
    clock_is_wrong: bool
    absent: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what the user should know though nothing failed."""
        said = [
            f"{name} is in the manifest and not in the bundle here, so it was not sent"
            for name in self.absent
        ]
        if self.clock_is_wrong:
            date = time.strftime("%Y-%m-%d", time.gmtime(self.facts.clock))
            said.append(
                f"the board's clock says {date}; reports from it are dated by this computer's clock"
            )
        return tuple(said)

    def to_json(self) -> dict[str, Any]:
        """Return the object `deployment` of a result."""
        return {
            "board": self.facts.description,
            "system": self.facts.distribution or self.facts.system,
            "folder": self.facts.folder,
            "release": self.release,
            "python": self.choice.python.path,
            "engine": self.choice.engine,
            "engine_version": self.choice.version,
            "engine_shipped": bool(self.choice.requirements),
            "reason": self.choice.reason,
            "moved_bytes": self.moved_bytes,
        }


def deploy(
    bundle: Bundle,
    connection: Connection,
    *,
    folder: str | None = None,
    engine: str | None = None,
    python: str | None = None,
    kernels: Path | None = None,
    data: bytes | None = None,
    progress: Callable[[str], None] | None = None,
) -> Deployment:
    """Put a bundle onto a board, unless it is there.

    Args:
        bundle: The bundle, opened.
        connection: The line to the board.
        folder: Where there, absolute or below the home folder; None takes `~/.edgeattn`.
        engine: "onnx", "tflite", an engine's or an accelerator's name; "auto" takes what the board
            has or can have; None takes that of the last deploy, else "auto".
        python: The interpreter there; None takes that of the last deploy, or the first that does.
        kernels: A wheel of edgeattn-kernels for the board; it is kept, and sent from then on.
        data: An `.npz` of samples, laid beside the bundle as `payload.DATA`.
        progress: Called with a word about what is being done.

    Raises:
        BadUsage, BadInput, BadEnvironment: See the functions of the line above; the board is then
            as it was, or holds files that came in and are used by the next try.
    """
    tell = progress or (lambda doing: None)
    kept = None if kernels is None else keep_kernels(kernels)
    tell(f"asking {connection.name} what it is")
    facts = probe(connection, folder, python)
    before = facts.inventory.bundles.get(folder_name(bundle.manifest.name))
    if before is not None and engine != AUTO:  # what was chosen once stays chosen
        if python is None:
            facts = _with_python(connection, facts, folder, before.python)
        if engine is None and can_run(bundle, before.run_as):
            engine = before.run_as
    choice = choose_engine(bundle, facts, None if engine == AUTO else engine)
    require_sound(bundle, choice)
    if kept is not None and not fits(kept, choice.python, choice.architecture):
        raise BadInput(
            f"{kept.name} does not fit the board, whose Python {choice.python.short} is "
            f"{choice.architecture}; nothing was sent, make a wheel for it"
        )
    if choice.requirements:
        tell(f"getting {' and '.join(choice.requirements)} for Python {choice.python.short}")
    found = wheels(choice.requirements, choice.python, choice.architecture)
    extra = kernels_wheel(choice.python, choice.architecture)
    found += () if extra is None else (extra,)
    payload = payload_of(bundle, choice, {wheel.path.name: wheel for wheel in found}, data)
    load = shipment(payload, facts)
    if load.needed:
        tell(f"sending {load.bytes / 1e6:.1f} MB to {connection.name}")
        release = ship(connection, facts, payload, load)
    else:
        release = f"{facts.folder}/releases/{facts.inventory.bundles[payload.name].release}"
    return Deployment(
        facts=facts,
        choice=choice,
        release=release,
        is_new=load.needed,
        moved_bytes=load.bytes,
        clock_is_wrong=abs(facts.clock - time.time()) > CLOCK_TOLERANCE_S,
        absent=_absent(bundle, choice),
    )


def _absent(bundle: Bundle, choice: EngineChoice) -> tuple[str, ...]:
    """Return the manifest's files like those that are sent, as far as the folder lacks them."""
    kinds = {(file.format, file.target) for file in choice.files}
    sent = {file.name for file in choice.files}
    return tuple(
        file.name
        for file in bundle.manifest.files
        if (file.format, file.target) in kinds and file.name not in sent
    )


def _with_python(
    connection: Connection, facts: BoardFacts, folder: str | None, path: str
) -> BoardFacts:
    """Return the facts with one interpreter first; ask again when the probe did not come by it."""
    if all(python.path != path for python in facts.pythons):
        try:
            return probe(connection, folder, path)
        except BadEnvironment:  # it is gone: the others have to do
            return facts
    return replace(
        facts, pythons=tuple(sorted(facts.pythons, key=lambda python: python.path != path))
    )
