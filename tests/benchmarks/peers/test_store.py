from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers.catalog import ORT, Peer, Recipe
from benchmarks.peers.environments import Environment
from benchmarks.peers.source import Source
from benchmarks.peers.store import Made, Store, key, meaning
from benchmarks.peers.tools.order import tell

TOOL = Peer(
    "tool", "onnx_runtime", Environment("tool-1", ("tool==1",)),
    (Recipe("a", "tool a", ORT), Recipe("b", "tool b", ORT)),
)  # fmt: skip


@pytest.fixture
def source(tmp_path: Path) -> Source:
    folder = tmp_path / "model-key"
    folder.mkdir()
    (folder / "source.json").write_text(json.dumps({"inputs": ["x"], "onnx_sha256": "1"}))
    return Source("model", folder)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Replace the tool by one that makes recipe a and dies in b."""
    calls: list[list[str]] = []

    def run(words: list[str], **_: Any) -> None:
        calls.append(words)
        out = Path(words[-1])
        (out / "a.onnx").write_bytes(b"int8")
        tell(out, "a", {"file": "a.onnx", "seconds": 3.0})
        raise subprocess.CalledProcessError(-11, words, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(Environment, "install", lambda *_: None)
    return calls


def test_what_was_made_before_a_crash_counts_and_the_rest_says_why(
    tmp_path: Path, source: Source, ran: list[list[str]]
) -> None:
    a, b = Store(tmp_path, tmp_path).conversions(TOOL, source)
    assert a.path is not None
    assert (a.path.read_bytes(), a.seconds, a.bytes) == (b"int8", 3.0, 4)
    assert b.path is None
    assert b.note == "died of SIGSEGV: no word"


def test_a_conversion_is_made_once_and_a_failure_tried_again_when_asked(
    tmp_path: Path, source: Source, ran: list[list[str]]
) -> None:
    first = Store(tmp_path, tmp_path).conversions(TOOL, source)
    assert Store(tmp_path, tmp_path).conversions(TOOL, source) == first
    assert len(ran) == 1
    Store(tmp_path, tmp_path, retry=True).conversions(TOOL, source)
    assert len(ran) == 2


def test_a_conversion_that_was_stopped_is_made_anew(
    tmp_path: Path, source: Source, ran: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", stop)
        with pytest.raises(KeyboardInterrupt):
            Store(tmp_path, tmp_path).conversions(TOOL, source)
    assert not any((tmp_path / "conversions").iterdir())
    assert Store(tmp_path, tmp_path).conversions(TOOL, source)[0].path is not None


def test_what_is_not_kept_stays_away_when_nothing_is_to_be_made(
    tmp_path: Path, source: Source, ran: list[list[str]]
) -> None:
    kept = Store(tmp_path, tmp_path, make=False)
    assert [one.note for one in kept.conversions(TOOL, source)] == ["not made in this run"] * 2
    Store(tmp_path, tmp_path).conversions(TOOL, source)
    assert kept.conversions(TOOL, source)[0].path is not None
    assert len(ran) == 1


def test_a_tool_that_does_not_install_says_so_in_every_row(
    tmp_path: Path, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise subprocess.CalledProcessError(1, ["pip"], stderr="no such wheel")

    monkeypatch.setattr(Environment, "install", fail)
    found = Store(tmp_path, tmp_path).conversions(TOOL, source)
    assert [one.note for one in found] == ["does not install: ended with 1: no such wheel"] * 2


def test_the_key_follows_pins_and_sources(source: Source) -> None:
    other = Peer("tool", "onnx_runtime", Environment("tool-1", ("tool==2",)), TOOL.recipes)
    assert key(TOOL, source) != key(other, source)
    before = key(TOOL, source)
    (source.folder / "source.json").write_text(json.dumps({"inputs": ["x"], "onnx_sha256": "2"}))
    assert key(TOOL, source) != before


def test_comments_and_line_breaks_do_not_ask_for_new_conversions() -> None:
    assert meaning("f(1)  # one\n") == meaning("f(\n    1\n)\n")
    assert meaning("f(1)") != meaning("f(2)")


def test_weights_beside_a_graph_count(tmp_path: Path) -> None:
    (tmp_path / "float.xml").write_bytes(bytes(5))
    (tmp_path / "float.bin").write_bytes(bytes(7))
    assert Made(TOOL, TOOL.recipes[0], tmp_path / "float.xml").bytes == 12
