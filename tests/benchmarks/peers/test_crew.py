from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.peers.catalog import ORT
from benchmarks.peers.crew import Crew, EngineError


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with Crew(Path("nowhere")) as found:
        yield found


def test_an_engines_refusal_becomes_an_error(crew: Crew) -> None:
    with pytest.raises(EngineError, match="KeyError"):
        crew.ask(ORT, do="time", file="never-opened", runs=1)
    assert crew.ask(ORT, do="close", file="never-opened") == {}


def test_an_engine_that_died_is_started_anew(crew: Crew) -> None:
    first = crew.pid(ORT)
    hand = crew.hands[ORT]
    hand.process.kill()
    hand.process.wait()
    with pytest.raises(EngineError, match="SIGKILL"):
        hand.ask(do="close", file="never-opened")
    assert crew.pid(ORT) != first


def test_an_engine_that_is_not_installed_says_so(tmp_path: Path) -> None:
    with Crew(tmp_path) as nobody, pytest.raises(EngineError, match="does not start"):
        nobody.ask("OpenVINO", do="close", file="file")
