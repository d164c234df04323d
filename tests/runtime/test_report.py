from __future__ import annotations

import json
import math

import pytest

from edgeattn_runtime import __version__
from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.latency import summarise
from edgeattn_runtime.machine import Context
from edgeattn_runtime.report import (
    Candidate,
    Gates,
    LayerReport,
    ModelFacts,
    Report,
    Verdict,
)
from edgeattn_runtime.search_report import SearchGroup, SearchPoint, SearchReport
from edgeattn_runtime.sustained import Sustained, Window

REPORT = Report(
    model=ModelFacts("gesture-hybrid", 402_346, 31_000_000),
    context=Context(machine="Raspberry Pi 5", features=("asimddp",), threads=1),
    candidates=(
        Candidate("onnxruntime", "fp32", file="model_fp32.onnx", bytes=1_650_000, accuracy=0.94),
        Candidate(
            "onnxruntime",
            "int8",
            recipe="int8",
            file="model_int8.onnx",
            bytes=480_000,
            int8_weight_share=0.98,
            int8_mac_share=0.91,
            accuracy=0.937,
            accuracy_drop_pp=0.3,
            accuracy_interval_pp=(-0.5, 1.4),
            top1_agreement=0.99,
            sqnr_db=38.2,
            latency_ms=summarise([3.0, 3.1, 3.2]),
            peak_rss_mb=61.5,
            speedup_vs_fp32=1.9,
            speedup_interval=(1.85, 1.95),
            sustained=Sustained((Window(0.0, 10.0, 3.0, 3.1, 9, 50.0),)),
            passed=True,
            note="fastest within the gate",
        ),
        Candidate("onnxruntime", "fp32", stock=True, note="did not install"),
    ),
    verdict=Verdict("model_int8.onnx", True, "1.9x as fast, 0.3 points lost", Gates(1.0, 1.5)),
    layers=(LayerReport("blocks.0.softmax", "softmax", 30.2, True, "costs 12 dB", "float"),),
    search=(
        SearchReport(
            "onnx", "int8-core", complete=True, seconds=31.5, outcome="the fastest of 2 files",
            points=(SearchPoint("int8-mix-1", 0.3, 2.4, 0.0, 39.0, {"int8": 2}, True, True, True),),
            groups=(SearchGroup("stem", "float", "43.1 dB", {"int8": 43.1}, {"float": 0.005}),),
        ),
    ),
)  # fmt: skip


def test_a_report_survives_its_text():
    assert Report.from_json(json.loads(REPORT.dumps())) == REPORT


def test_the_names_are_those_of_the_interface():
    read = REPORT.to_json()
    assert list(read) == [
        "schema_version",
        "edgeattn_version",
        "created",
        "model",
        "context",
        "candidates",
        "verdict",
        "layers",
        "search",
        "remarks",
    ]
    assert read["verdict"] == {
        "winner": "model_int8.onnx",
        "passed": True,
        "reason": "1.9x as fast, 0.3 points lost",
        "gates": {"max_drop_pp": 1.0, "min_speedup": 1.5},
    }
    assert set(read["candidates"][1]["latency_ms"]) == {
        *("p50", "p90", "p95", "p99", "mean", "std", "min", "max", "n"),
        *("p50_low", "p50_high"),
    }


def test_a_report_is_stamped_with_version_and_time():
    assert REPORT.edgeattn_version == __version__
    assert REPORT.created.startswith("20")
    assert REPORT.created.endswith("+00:00")


def test_what_nobody_measured_is_null():
    assert REPORT.to_json()["candidates"][0]["latency_ms"] is None
    assert REPORT.to_json()["candidates"][0]["accuracy_interval_pp"] is None


@pytest.mark.parametrize(("found", "written"), [(math.inf, 200.0), (-math.inf, -200.0)])
def test_infinite_decibels_become_numbers_json_can_hold(found, written):
    assert Candidate("e", "fp32", sqnr_db=found).to_json()["sqnr_db"] == written
    assert LayerReport("l", "op", sqnr_db=found).to_json()["sqnr_db"] == written


def test_fields_of_a_newer_version_are_left_out():
    read = {**REPORT.to_json(), "weather": "fine"}
    read["candidates"][0]["energy_mj"] = 3
    assert Report.from_json(read) == REPORT


@pytest.mark.parametrize("version", [None, 2])
def test_another_schema_is_refused(version):
    with pytest.raises(BadInput, match="this version reads 1; use the edgeattn that wrote it"):
        Report.from_json({**REPORT.to_json(), "schema_version": version})


@pytest.mark.parametrize(
    "broken",
    [{"candidates": 3}, {"context": None}, {"verdict": {}}, {"candidates": [{"file": "a"}]}],
)
def test_what_is_no_report_is_refused(broken):
    with pytest.raises(BadInput, match=r"this is no report.json"):
        Report.from_json({**REPORT.to_json(), **broken})


def test_the_text_holds_the_verdict():
    assert "PASSED: 1.9x as fast, 0.3 points lost" in REPORT.text()
