import json

import numpy as np
import pytest

from edgeattn_converters.search.journal import Journal, key_of
from tests.converters.programs import captured, rewritten


def never():
    raise AssertionError("it was asked again")


def test_what_was_measured_is_not_measured_again(tmp_path):
    path = tmp_path / "deep" / "search.jsonl"
    first = Journal(path, "key")
    assert first.once("noise", lambda: 1 / 3) == 1 / 3
    assert Journal(path, "key").once("noise", never) == 1 / 3


def test_another_key_starts_over(tmp_path):
    path = tmp_path / "search.jsonl"
    Journal(path, "key").once("noise", lambda: 1)
    assert Journal(path, "other").once("noise", lambda: 2) == 2
    assert Journal(path, "key").once("noise", lambda: 3) == 3


@pytest.mark.parametrize("end", ['{"what": "b", "fou', '"text"\n', "\x00"])
def test_a_line_cut_short_is_measured_again(tmp_path, end):
    path = tmp_path / "search.jsonl"
    Journal(path, "key").once("a", lambda: 1)
    with path.open("a") as file:
        file.write(end)
    again = Journal(path, "key")
    assert again.once("a", never) == 1
    assert again.once("b", lambda: 2) == 2
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line.get("what") for line in lines] == [None, "a", "b"]


def test_a_file_of_another_kind_is_started_over(tmp_path):
    path = tmp_path / "search.jsonl"
    path.write_bytes(b"\xff\xfe not a journal")
    assert Journal(path, "key").once("a", lambda: 1) == 1
    assert Journal(path, "key").once("a", never) == 1


def test_parts_keep_their_answers_apart(tmp_path):
    path = tmp_path / "search.jsonl"
    whole = Journal(path, "key")
    assert [whole.part(name).once("a", lambda n=name: n) for name in ("x", "y")] == ["x", "y"]
    again = Journal(path, "key").part("y")
    assert again.once("a", never) == "y"
    assert again.knows("a")
    assert not again.knows("b")


def test_without_a_path_nothing_is_written_and_everything_known():
    journal = Journal(None, "key")
    journal.once("a", lambda: 1)
    assert journal.once("a", never) == 1


def test_the_key_follows_weights_data_and_facts():
    x = {"x": np.zeros((2, 3), np.float32), "y": None}
    base = key_of({"m": captured("tied")}, x, "1.0")
    assert key_of({"m": captured("tied")}, x, "1.0") == base
    others = [
        key_of({"m": rewritten("hybrid")}, x, "1.0"),
        key_of({"m": captured("tied")}, {**x, "x": x["x"] + 1}, "1.0"),
        key_of({"m": captured("tied")}, {**x, "y": np.zeros(2)}, "1.0"),
        key_of({"m": captured("tied")}, x, "1.1"),
    ]
    assert len({base, *others}) == 5


def test_the_key_follows_a_single_weight():
    program = captured("tied").copy()
    name = next(str(node.target) for node in program.graph.nodes if node.op == "get_attr")
    before = key_of({"m": program}, {})
    changed = getattr(program.graph_module, name).clone()
    changed.view(-1)[0] += 1
    setattr(program.graph_module, name, changed)
    assert key_of({"m": program}, {}) != before
