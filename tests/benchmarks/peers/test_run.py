from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers import run
from benchmarks.peers.catalog import PEERS
from benchmarks.peers.preparing import NAMES
from benchmarks.peers.run import chosen, converted, lead, parsed, tally
from benchmarks.peers.source import Source
from benchmarks.peers.store import Made


def test_everything_runs_unless_names_were_typed() -> None:
    options = parsed([])
    assert options.only == NAMES
    assert tuple(options.peers) == PEERS
    assert chosen(options) == ""


def test_edgeattn_is_always_there_and_the_page_says_what_is_not() -> None:
    options = parsed(["--only", "bert,swin", "--peers", "olive"])
    assert [peer.name for peer in options.peers] == ["edgeattn", "olive"]
    assert chosen(options) == " This run covers 2 of 7 models and 2 of 10 tools."


def test_a_page_of_kept_conversions_says_so() -> None:
    assert "made nothing anew" in chosen(parsed(["--kept"]))


def test_an_unknown_name_is_refused_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parsed(["--only", "resnet"])
    assert "there is no 'resnet'; choose from gesture-hybrid" in capsys.readouterr().err


def test_making_leaves_edgeattn_alone_unless_it_was_named() -> None:
    assert [peer.name for peer in parsed(["--make", "--peers", "olive"]).peers] == ["olive"]
    assert tuple(parsed(["--make"]).peers) == PEERS


def test_making_and_measuring_what_is_kept_exclude_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parsed(["--make", "--kept"])
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_page_says_who_has_fewer_turns() -> None:
    assert "more than 1.5 times as slow" in lead()
    assert "in every 5th round only; one more than 10 times as slow" in lead()
    assert "on any engine has 15." in lead()


class FakeStore:
    """A store in which every tool makes its first recipe and fails at the others."""

    cache = Path("cache")

    def conversions(self, peer: Any, source: Source) -> tuple[Made, ...]:
        first, *others = peer.recipes
        return (Made(peer, first, Path("file"), 1.0), *(Made(peer, o, note="no") for o in others))


def test_conversions_are_counted_and_every_failure_gives_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "prepared", lambda name, cache: Source(name, cache / name))
    olive = [peer for peer in PEERS if peer.name == "olive"]
    store: Any = FakeStore()
    everything = converted(["bert", "swin"], olive, store)
    assert [source.name for source, _ in everything] == ["bert", "swin"]
    assert tally(everything).splitlines() == [
        "2 files are kept, 2 could not be made",
        "bert: olive dynamic: no",
        "swin: olive dynamic: no",
    ]
