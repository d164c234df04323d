"""Energy of one inference: power while it runs without a pause, less the power of doing nothing.

    mJ = (watts while running - watts while idle) x seconds / inferences x 1000

A thread reads the sensor meanwhile. What the board takes anyway is no cost of the model, so the
idle power, measured right before, is subtracted, and both are kept in the report.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edgeattn_runtime.errors import BadEnvironment
from edgeattn_runtime.power_sensors import PowerSensor

RUN_S = 5.0
IDLE_S = 2.0
FEWEST_READINGS = 3


@dataclass(frozen=True)
class Energy:
    """The energy of one inference, idle power subtracted.

    Attributes:
        mj_per_inference: Millijoules; below the noise of the sensor it may be 0 or less.
        running_w: Power while it ran.
        idle_w: Power right before, doing nothing.
        inferences: How many ran.
        seconds: For how long.
        readings: Of the sensor, while it ran.
        sensor: What was read.
    """

    mj_per_inference: float
    running_w: float
    idle_w: float
    inferences: int
    seconds: float
    readings: int
    sensor: str

    def to_json(self) -> dict[str, Any]:
        """Return the object `energy` of a candidate."""
        return asdict(self)

    @classmethod
    def from_json(cls, read: Mapping[str, Any]) -> Energy:
        """Return what `to_json` wrote."""
        return cls(**read)


def measure_energy(
    invoke: Callable[[], object],
    sensor: PowerSensor,
    *,
    run_s: float | None = None,
    idle_s: float | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Energy:
    """Run a candidate for some seconds beside its power sensor and return its energy.

    Args:
        invoke: A bound session's `invoke`, warmed up.
        sensor: What reads the power.
        run_s: How long to run; a run that has begun is ended. None takes `RUN_S`.
        idle_s: How long to do nothing before. None takes `IDLE_S`.
        sleep: Waits so many seconds.

    Raises:
        BadEnvironment: The sensor stopped answering.
    """
    run_s, idle_s = RUN_S if run_s is None else run_s, IDLE_S if idle_s is None else idle_s
    with _Readings(sensor) as idle:
        sleep(idle_s)
    inferences = 0
    with _Readings(sensor) as running:
        began = time.monotonic()
        while inferences == 0 or time.monotonic() - began < run_s:
            invoke()
            inferences += 1
        seconds = time.monotonic() - began
    idle_w, running_w = idle.mean_w(), running.mean_w()
    return Energy(
        mj_per_inference=(running_w - idle_w) * seconds / inferences * 1000,
        running_w=running_w,
        idle_w=idle_w,
        inferences=inferences,
        seconds=seconds,
        readings=len(running.watts),
        sensor=sensor.name,
    )


class _Readings:
    """Readings of a sensor, taken by a thread while the `with` block runs."""

    def __init__(self, sensor: PowerSensor) -> None:
        self.watts: list[float] = []
        self._sensor = sensor
        self._silent = False
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._read, name="power sensor", daemon=True)

    def __enter__(self) -> _Readings:
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._done.set()
        self._thread.join()

    def _read(self) -> None:
        while True:
            watts = self._sensor.read_w()
            if watts is None:
                self._silent = True
                return
            self.watts.append(watts)
            if self._done.wait(self._sensor.interval_s):
                return

    def mean_w(self) -> float:
        if self._silent or len(self.watts) < FEWEST_READINGS:
            raise BadEnvironment(
                f"the power sensor ({self._sensor.name}) stopped answering after "
                f"{len(self.watts)} readings; a charger was plugged in, or its driver was unloaded"
                if self._silent
                else f"the power sensor ({self._sensor.name}) gave {len(self.watts)} readings, "
                f"{FEWEST_READINGS} are needed; the machine is too busy to read it"
            )
        return sum(self.watts) / len(self.watts)
