import json

import pytest

from edgeattn.models.catalog import ZOO
from edgeattn.models.catalog.measured import figures_of

KEYS = {
    "name", "summary", "params", "macs", "dataset", "baseline_for", "input_shape", "trained",
    "accuracy", "accuracy_interval", "test_samples", "checkpoint_bytes", "engines", "measured",
}  # fmt: skip


def test_every_model_has_a_row(edgeattn, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")  # so that no summary is wrapped
    text = edgeattn("zoo").stdout
    for name, entry in ZOO.items():
        assert name in text
        assert entry.summary in text


@pytest.mark.parametrize("width", [80, 120])
def test_the_list_fits_the_terminal(edgeattn, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = edgeattn("zoo").stdout.splitlines()
    assert max(map(len, lines)) <= width
    assert [line.split()[0] for line in lines[1 : 1 + len(ZOO)]] == [*ZOO]


def test_json_has_the_numbers_of_every_model(edgeattn):
    models = json.loads(edgeattn("zoo", "--json").stdout)["models"]
    assert [one["name"] for one in models] == [*ZOO]
    assert [one["params"] for one in models] == [entry.params for entry in ZOO.values()]
    assert all(set(one) == KEYS for one in models)


def test_json_has_what_was_measured_or_null(edgeattn):
    for one in json.loads(edgeattn("zoo", "--json").stdout)["models"]:
        figures = figures_of(one["name"])
        if figures is None:
            assert one["engines"] is one["measured"] is one["accuracy_interval"] is None
            continue
        assert one["accuracy"] == figures.accuracy
        assert one["measured"]["cpu"] == figures.cpu
        assert one["engines"].keys() == figures.engines.keys()
        for engine, found in figures.engines.items():
            assert one["engines"][engine]["int8_ms"] == found.int8_ms
            assert one["engines"][engine]["int8_bytes"] == found.int8_bytes


def test_the_model_that_ships_with_the_package_was_measured(edgeattn):
    (one,) = json.loads(edgeattn("zoo", "gesture-hybrid", "--json").stdout)["models"]
    assert one["measured"]["created"]
    assert one["engines"]["ai-edge-litert"]["int8_ms"] < one["engines"]["ai-edge-litert"]["fp32_ms"]


def test_one_model_is_told_in_full(edgeattn):
    text = edgeattn("zoo", "gesture-hybrid").stdout
    assert ZOO["gesture-hybrid"].summary.split(":")[0] in text
    assert "edgeattn convert gesture-hybrid --out bundle" in text


def test_a_name_that_is_not_in_the_zoo_is_a_typing_error(edgeattn):
    done = edgeattn("zoo", "gesture-hybird")
    assert done.exit_code == 2
    assert "the zoo has no model 'gesture-hybird'" in done.stderr
