"""What tells how much power a board takes: four kinds of sensor, one way to read them.

Jetson, JetPack 5 and later   INA3221 through hwmon: in*_label, in*_input (mV), curr*_input (mA)
Jetson, JetPack 4             INA3221 through iio: rail_name_*, in_power*_input (mW)
Raspberry Pi 5                its PMIC, through the firmware's tool `vcgencmd pmic_read_adc`
phone, laptop                 the battery: current_now (uA) x voltage_now (uV), or power_now
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeattn_runtime.heat import ROOT, board_model, read_fact

# The rail that feeds the whole board, by the names that NVIDIA gave it. Where there is none (AGX),
# the rails are those of parts, and their sum is the best there is.
BOARD_RAILS = ("VDD_IN", "POM_5V_IN")


@dataclass(frozen=True)
class PowerSensor:
    """One sensor.

    Attributes:
        name: What it is and what it sees: "INA3221 VDD_IN".
        read_w: Watts now; None when it does not answer.
        interval_s: How often reading it is worth its cost.
    """

    name: str
    read_w: Callable[[], float | None]
    interval_s: float = 0.02


def find_power_sensor(root: Path = ROOT) -> PowerSensor | None:
    """Return the sensor of this machine that sees most of it; None where there is none."""
    for find in (_ina3221_hwmon, _ina3221_iio, _pmic, _battery):
        sensor = find(root)
        if sensor is not None and sensor.read_w() is not None:
            return sensor
    return None


def _ina3221_hwmon(root: Path) -> PowerSensor | None:
    rails: dict[str, Callable[[], float | None]] = {}
    drivers = root / "sys/bus/i2c/drivers"
    for label in sorted(drivers.glob("ina3221*/*/hwmon/hwmon*/in*_label")):
        match = re.fullmatch(r"in(\d+)_label", label.name)
        name = read_fact(label)
        # "sum of shunt voltages" is a sum that the chip makes, no rail.
        if match is None or name is None or name.startswith("sum"):
            continue
        volts = label.with_name(f"in{match[1]}_input")
        amperes = label.with_name(f"curr{match[1]}_input")
        rails[name] = _product(volts, amperes, 1e-6)  # mV x mA = uW
    return _of_rails("INA3221", rails)


def _ina3221_iio(root: Path) -> PowerSensor | None:
    rails: dict[str, Callable[[], float | None]] = {}
    drivers = root / "sys/bus/i2c/drivers"
    for label in sorted(drivers.glob("ina3221x/*/iio:device*/rail_name_*")):
        name = read_fact(label)
        if name is not None:
            number = label.name.rpartition("_")[2]
            rails[name] = _scaled(label.with_name(f"in_power{number}_input"), 1e-3)  # mW
    return _of_rails("INA3221", rails)


def _of_rails(chip: str, rails: dict[str, Callable[[], float | None]]) -> PowerSensor | None:
    """Return the board's own rail, or the sum of all."""
    for name in BOARD_RAILS:
        if name in rails:
            return PowerSensor(f"{chip} {name}", rails[name])
    if not rails:
        return None
    parts = tuple(rails.values())
    return PowerSensor(f"{chip} {' + '.join(rails)}", lambda: _sum([read() for read in parts]))


def _pmic(root: Path) -> PowerSensor | None:
    """Return Raspberry Pi 5's PMIC: volts x amperes, summed over the rails that have both.

    It sees what the PMIC gives to the board, not what it loses itself, nor USB devices.
    """
    if "Raspberry Pi 5" not in (board_model(root) or ""):
        return None
    return PowerSensor("PMIC, sum of its rails", _pmic_w, interval_s=0.25)  # a process each time


def _pmic_w() -> float | None:
    """Read "VDD_CORE_A current(7)=1.25A" and "VDD_CORE_V volt(15)=0.72V", one a line."""
    import subprocess

    try:
        done = subprocess.run(
            ["vcgencmd", "pmic_read_adc"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.findall(r"(\w+)_([AV])\b[^=\n]*=\s*(\d+(?:\.\d+)?)", done.stdout)
    values = {(rail, unit): float(number) for rail, unit, number in found}
    rails = [rail for rail, unit in values if unit == "A" and (rail, "V") in values]
    return sum(values[rail, "A"] * values[rail, "V"] for rail in rails) if rails else None


def _battery(root: Path) -> PowerSensor | None:
    for supply in sorted((root / "sys/class/power_supply").glob("*")):
        if read_fact(supply / "type") == "Battery":
            return PowerSensor(f"battery {supply.name}", _discharge(supply), interval_s=0.25)
    return None


def _discharge(supply: Path) -> Callable[[], float | None]:
    """Return what reads the power out of a battery; nothing while a charger feeds the machine.

    Android's drivers disagree on the sign of a current out of the battery: the status says it.
    """
    direct = _scaled(supply / "power_now", 1e-6)
    product = _product(supply / "current_now", supply / "voltage_now", 1e-12)  # uA x uV

    def read() -> float | None:
        if read_fact(supply / "status") != "Discharging":
            return None
        watts = direct()
        watts = product() if watts is None else watts
        return None if watts is None else abs(watts)

    return read


def _scaled(path: Path, unit: float) -> Callable[[], float | None]:
    def read() -> float | None:
        said = read_fact(path)
        return int(said) * unit if said is not None and re.fullmatch(r"-?\d+", said) else None

    return read


def _product(first: Path, second: Path, unit: float) -> Callable[[], float | None]:
    a, b = _scaled(first, 1.0), _scaled(second, unit)

    def read() -> float | None:
        left, right = a(), b()
        return None if left is None or right is None else left * right

    return read


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
