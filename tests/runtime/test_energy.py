from __future__ import annotations

import json
import time

import pytest

from edgeattn_runtime.energy import Energy, measure_energy
from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.power_sensors import PowerSensor


class Supply:
    """2 W at rest, 5 W once something runs."""

    def __init__(self, silent_after: int | None = None):
        self.running = False
        self.readings = 0
        self.silent_after = silent_after

    def read(self) -> float | None:
        self.readings += 1
        if self.silent_after is not None and self.readings > self.silent_after:
            return None
        return 5.0 if self.running else 2.0

    def invoke(self) -> None:
        self.running = True
        time.sleep(0.002)

    @property
    def sensor(self) -> PowerSensor:
        return PowerSensor("INA3221 VDD_IN", self.read, interval_s=0.002)


def test_the_power_of_doing_nothing_is_subtracted():
    supply = Supply()
    found = measure_energy(supply.invoke, supply.sensor, run_s=0.1, idle_s=0.05)
    assert found.idle_w == 2.0
    assert found.readings >= 3
    # The first reading may fall before the first run; all others see 5 W.
    assert 5.0 - 3.0 / found.readings <= found.running_w <= 5.0
    expected = (found.running_w - 2.0) * found.seconds / found.inferences * 1000
    assert found.mj_per_inference == pytest.approx(expected)
    assert found.sensor == "INA3221 VDD_IN"


def test_one_inference_runs_even_when_it_takes_longer_than_asked():
    supply = Supply()

    def long() -> None:
        supply.running = True
        time.sleep(0.05)

    assert measure_energy(long, supply.sensor, run_s=0.01, idle_s=0.05).inferences == 1


@pytest.mark.parametrize("silent_after", [0, 2, 40])
def test_a_sensor_that_vanishes_is_told(silent_after):
    supply = Supply(silent_after)
    with pytest.raises(BadEnvironment, match=r"\(INA3221 VDD_IN\) stopped answering after \d+"):
        measure_energy(supply.invoke, supply.sensor, run_s=0.3, idle_s=0.05)


def test_too_few_readings_are_told():
    slow = PowerSensor("PMIC", lambda: 3.0, interval_s=60)
    with pytest.raises(BadEnvironment, match=r"\(PMIC\) gave 1 readings, 3 are needed"):
        measure_energy(lambda: None, slow, run_s=0.01, idle_s=0.01)


def test_a_failure_of_the_model_stops_the_thread():
    supply = Supply()

    def fail() -> None:
        raise RuntimeError("broken model")

    with pytest.raises(RuntimeError, match="broken model"):
        measure_energy(fail, supply.sensor, run_s=0.1, idle_s=0.02)
    read = supply.readings
    time.sleep(0.02)
    assert supply.readings == read


def test_it_survives_json():
    found = Energy(3.2, 5.0, 2.0, 900, 5.0, 240, "INA3221 VDD_IN")
    assert Energy.from_json(json.loads(json.dumps(found.to_json()))) == found
