from __future__ import annotations

import pytest

from benchmarks.peers.catalog import PEERS
from benchmarks.peers.preparing import NAMES
from benchmarks.peers.run import chosen, parsed


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
