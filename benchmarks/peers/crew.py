"""Talk to the engines' processes: start one for each engine, ask, and survive its death."""

from __future__ import annotations

import contextlib
import json
import selectors
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.peers.catalog import ENGINES
from benchmarks.peers.environments import ROOT, child_environment, own_python
from benchmarks.peers.reasons import ending

PATIENCE_S = 600.0


class EngineError(Exception):
    """The engine refused a file, died of it, or never answered."""


@dataclass
class Hand:
    """One process with one engine.

    Attributes:
        process: It.
    """

    process: subprocess.Popen[str]

    def ask(self, patience_s: float = PATIENCE_S, **request: Any) -> dict[str, Any]:
        """Return the reply.

        Raises:
            EngineError: It said so, is dead, or took too long.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            if request:
                self.process.stdin.write(json.dumps(request) + "\n")
                self.process.stdin.flush()
        except BrokenPipeError as error:
            raise EngineError(f"the engine {ending(self.process.wait())}") from error
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(patience_s):
                self.process.kill()
                raise EngineError(f"the engine took longer than {patience_s:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            raise EngineError(f"the engine {ending(self.process.wait())}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise EngineError(reply["error"])
        return reply

    def end(self) -> None:
        """Let the process go, however it stands."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self.process.wait()


@dataclass
class Crew:
    """All engines' processes, each started when it is first asked.

    Attributes:
        environments: Where the tools' environments lie.
    """

    environments: Path
    hands: dict[str, Hand] = field(default_factory=dict)

    def __enter__(self) -> Crew:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process."""
        for hand in self.hands.values():
            hand.end()

    def ask(self, engine: str, **request: Any) -> dict[str, Any]:
        """Ask an engine's process; one that died is started anew."""
        return self._hand(engine).ask(**request)

    def pid(self, engine: str) -> int:
        """Return the number of an engine's process: another one means that it knows no file."""
        return self._hand(engine).process.pid

    def _hand(self, engine: str) -> Hand:
        hand = self.hands.get(engine)
        if hand is not None and hand.process.poll() is None:
            return hand
        if hand is not None:
            hand.end()
        hand = self.hands[engine] = self._start(engine)
        return hand

    def _start(self, engine: str) -> Hand:
        entry = ENGINES[engine]
        python = own_python()
        if entry.environment is not None:
            python = entry.environment.python(self.environments)
        try:
            process = subprocess.Popen(
                [str(python), "-m", "benchmarks.peers.engines.worker", entry.module],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                text=True, cwd=ROOT, env=child_environment(),
            )  # fmt: skip
        except OSError as error:
            raise EngineError(f"the engine does not start: {error.strerror}") from error
        hand = Hand(process)
        try:
            hand.ask()  # "ready", once everything is imported
        except EngineError:
            hand.end()
            raise
        return hand
