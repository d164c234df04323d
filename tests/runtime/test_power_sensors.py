from __future__ import annotations

import pytest

from edgeattn_runtime.power_sensors import find_power_sensor
from tests.runtime.boards import Board, orin_nano, raspberry_pi_4

PMIC = """\
cat <<END
  3V7_WL_SW_A current(0)=0.09759060A
   VDD_CORE_A current(7)=2.00000000A
    3V3_SYS_A current(1)=0.10000000A
  3V7_WL_SW_V volt(8)=3.70000000V
   VDD_CORE_V volt(15)=0.75000000V
    3V3_SYS_V volt(9)=3.30000000V
      EXT5V_V volt(24)=5.14950000V
       BATT_V volt(25)=0.00000000V
END"""


def test_a_jetsons_own_rail_counts_not_the_parts_it_feeds(tmp_path):
    sensor = find_power_sensor(orin_nano(tmp_path).root)
    assert sensor.name == "INA3221 VDD_IN"
    assert sensor.read_w() == pytest.approx(5.040 * 0.880)


def test_rails_of_parts_are_summed_where_the_board_has_none(tmp_path):
    board = Board(tmp_path).rail(1, "VDD_GPU_SOC", 12000, 100).rail(2, "VDD_CPU_CV", 12000, 50)
    board.rail(7, "sum of shunt voltages", 1, 1)
    sensor = find_power_sensor(board.root)
    assert sensor.name == "INA3221 VDD_GPU_SOC + VDD_CPU_CV"
    assert sensor.read_w() == pytest.approx(1.8)


def test_jetpack_4_tells_milliwatts(tmp_path):
    chip = "sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0"
    board = Board(tmp_path).put(f"{chip}/rail_name_0", "POM_5V_IN")
    board.put(f"{chip}/in_power0_input", 2150).put(f"{chip}/rail_name_1", "POM_5V_GPU")
    board.put(f"{chip}/in_power1_input", 40)
    sensor = find_power_sensor(board.root)
    assert sensor.name == "INA3221 POM_5V_IN"
    assert sensor.read_w() == pytest.approx(2.15)


def test_a_raspberry_pi_5_sums_the_rails_of_its_pmic(tmp_path, monkeypatch):
    board = Board(tmp_path).put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    monkeypatch.setenv("PATH", board.tool("vcgencmd", PMIC))
    sensor = find_power_sensor(board.root)
    assert sensor.name == "PMIC, sum of its rails"
    # The 5 V input has no current beside it and does not count.
    assert sensor.read_w() == pytest.approx(0.0975906 * 3.7 + 2.0 * 0.75 + 0.1 * 3.3)


@pytest.mark.parametrize("script", ["exit 255", "echo 'error=1'", "echo VDD_CORE_A=n/a"])
def test_a_firmware_that_does_not_know_the_question_is_no_sensor(tmp_path, monkeypatch, script):
    board = Board(tmp_path).put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    monkeypatch.setenv("PATH", board.tool("vcgencmd", script))
    assert find_power_sensor(board.root) is None


def battery(root, status: str, **files: int) -> Board:
    supply = "sys/class/power_supply/BAT0"
    board = Board(root).put(f"{supply}/type", "Battery").put(f"{supply}/status", status)
    for name, value in files.items():
        board.put(f"{supply}/{name}", value)
    return board


@pytest.mark.parametrize("sign", [1, -1])
def test_a_discharging_battery_gives_power_whatever_the_sign(tmp_path, sign):
    board = battery(tmp_path, "Discharging", current_now=sign * 500_000, voltage_now=4_000_000)
    board.put("sys/class/power_supply/AC/type", "Mains")
    assert find_power_sensor(board.root).read_w() == pytest.approx(2.0)


def test_a_battery_that_tells_power_itself_is_believed(tmp_path):
    board = battery(tmp_path, "Discharging", power_now=7_500_000)
    assert find_power_sensor(board.root).read_w() == pytest.approx(7.5)


def test_a_battery_that_is_being_charged_says_nothing_of_the_load(tmp_path):
    board = battery(tmp_path, "Charging", current_now=900_000, voltage_now=4_000_000)
    assert find_power_sensor(board.root) is None


def test_a_board_without_a_sensor_has_none(tmp_path):
    assert find_power_sensor(raspberry_pi_4(tmp_path).root) is None


def test_a_sensor_that_vanishes_answers_none(tmp_path):
    board = orin_nano(tmp_path)
    sensor = find_power_sensor(board.root)
    (board.root / "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1/curr1_input").unlink()
    assert sensor.read_w() is None
