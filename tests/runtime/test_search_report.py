from __future__ import annotations

import json

from edgeattn_runtime.search_report import SearchGroup, SearchPoint, SearchReport

SEARCH = SearchReport(
    "tflite",
    "int8-core",
    complete=True,
    seconds=31.5,
    outcome="the fastest of 2 files",
    points=(
        SearchPoint("int8-core", 0.29, 2.3, 19.4, 2.0, {"int8": 18}),
        SearchPoint("int8-mix-1", 0.3, 2.2, None, 39.0, {"int8": 17, "float": 1}, True, True, True),
    ),
    groups=(SearchGroup("stem", "float", "43.1 dB", {"int8": 43.1}, {"int8": 0.0, "float": 0.01}),),
)


def test_a_search_survives_its_text():
    assert SearchReport.from_json(json.loads(json.dumps(SEARCH.to_json()))) == SEARCH


def test_what_a_newer_version_adds_is_left_out():
    read = json.loads(json.dumps(SEARCH.to_json()))
    read["more"] = read["points"][0]["more"] = read["groups"][0]["more"] = 1
    assert SearchReport.from_json(read) == SEARCH
