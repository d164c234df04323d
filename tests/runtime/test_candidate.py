from __future__ import annotations

import json

from edgeattn_runtime.candidate import EQUAL_DB, Candidate, json_decibels
from edgeattn_runtime.cold_start import ColdStart
from edgeattn_runtime.energy import Energy
from edgeattn_runtime.latency import summarise
from edgeattn_runtime.op_profile import OpTime
from edgeattn_runtime.sustained import Sustained, Window

WHOLE = Candidate(
    "onnxruntime",
    "int8",
    file="model_int8.onnx",
    sha256="ab" * 32,
    accuracy_interval_pp=(-0.5, 1.4),
    latency_ms=summarise([3.0] * 9),
    instructions_m=summarise([4.2]),
    instructions_vs_fp32=0.52,
    speedup_interval=(1.8, 2.0),
    cold_start=ColdStart(100.0, 20.0, 3.0),
    energy=Energy(3.2, 5.0, 2.0, 900, 5.0, 240, "INA3221 VDD_IN"),
    per_op=(OpTime("QGemm", 3, 0.5, 1.0, "CPUExecutionProvider"),),
    sustained=Sustained((Window(0, 10, 3.0, 3.1, 9, 50.0, 1500.0, ()),)),
)


def test_every_measurement_survives_json():
    assert Candidate.from_json(json.loads(json.dumps(WHOLE.to_json()))) == WHOLE


def test_what_nobody_measured_is_null_and_not_zero():
    written = Candidate("onnxruntime", "int8").to_json()
    assert {written[name] for name in ("latency_ms", "energy", "per_op", "sustained")} == {None}


def test_facts_of_a_newer_version_are_left_out():
    read = {"engine": "onnxruntime", "precision": "int8", "carbon_g": 1}
    assert Candidate.from_json(read) == Candidate("onnxruntime", "int8")


def test_infinity_becomes_what_json_can_hold():
    assert json_decibels(float("inf")) == EQUAL_DB
    assert json_decibels(None) is None
