from __future__ import annotations

import pytest

from edgeattn_runtime import alone
from edgeattn_runtime.alone import Alone, measure_alone
from edgeattn_runtime.candidate import Candidate
from edgeattn_runtime.cold_start import ColdStart
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.memory import PeakMemory
from edgeattn_runtime.op_profile import OpTime
from edgeattn_runtime.power_sensors import PowerSensor

CANDIDATE = Candidate("onnxruntime", "int8", file="model_int8.onnx")
OPS = (OpTime("QGemm", 1, 0.5, 1.0, "CPUExecutionProvider"),)
SENSOR = PowerSensor("INA3221 VDD_IN", lambda: 5.0, interval_s=0.001)


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """Measure with quick stand-ins for children and profiler; return (candidate, remarks, told)."""
    monkeypatch.setattr(alone, "peak_memory", lambda *a, **k: PeakMemory(60.0, 50.0))
    monkeypatch.setattr(alone, "cold_start", lambda *a, **k: ColdStart(1.0, 2.0, 3.0))
    monkeypatch.setattr(alone, "profile_ops", lambda *a, **k: OPS)

    def measure(candidate=CANDIDATE, *, sensor=None, **asked):
        told = []
        [found], remarks = measure_alone(
            [(candidate, lambda: None)],
            tmp_path,
            {},
            asked=Alone(**asked),
            threads=1,
            sensor=sensor,
            tell=told.append,
        )
        return found, remarks, told

    return measure


def test_only_what_was_asked_for_is_measured(measured):
    found, remarks, told = measured(memory=False)
    assert found == CANDIDATE
    assert (remarks, told) == ((), [])


def test_each_measurement_finds_its_place(measured, monkeypatch):
    monkeypatch.setattr(alone, "measure_energy", lambda invoke, sensor: sensor.name)
    found, remarks, told = measured(sensor=SENSOR, cold_start=True, per_op=True, energy=True)
    assert (found.peak_rss_mb, found.cold_start.total_ms, found.per_op) == (60.0, 6.0, OPS)
    assert found.energy == "INA3221 VDD_IN"
    assert remarks == ()
    assert told[0] == "peak memory of model_int8.onnx"


def test_a_machine_without_a_sensor_says_so_once(measured):
    found, remarks, _ = measured(memory=False, energy=True)
    assert found.energy is None
    assert remarks == (alone.NO_SENSOR,)


def test_a_measurement_that_fails_leaves_the_others(measured, monkeypatch):
    def fail(*args, **options):
        raise BadEnvironment("the power sensor stopped answering")

    monkeypatch.setattr(alone, "measure_energy", fail)
    found, remarks, _ = measured(sensor=SENSOR, energy=True)
    assert (found.peak_rss_mb, found.energy) == (60.0, None)
    assert remarks == ("the power sensor stopped answering",)


def test_a_candidate_without_a_file_has_nothing_to_measure(measured):
    found, _, told = measured(Candidate("onnxruntime", "int8"))
    assert found.peak_rss_mb is None
    assert told == []
