from __future__ import annotations

from pathlib import Path

from edgeattn_runtime.heat import board_model, load_average, read_fact, temperature_c


def write(root: Path, name: str, content: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_machine_without_a_cpu_sensor_shows_its_hottest(tmp_path):
    for i, degrees in enumerate(("30000", "41500")):
        write(tmp_path, f"sys/class/thermal/thermal_zone{i}/type", "acpitz")
        write(tmp_path, f"sys/class/thermal/thermal_zone{i}/temp", degrees)
    assert temperature_c(tmp_path) == 41.5


def test_the_boards_name_loses_its_closing_nul(tmp_path):
    write(tmp_path, "sys/firmware/devicetree/base/model", "NVIDIA Jetson Orin Nano\0")
    assert board_model(tmp_path) == "NVIDIA Jetson Orin Nano"


def test_an_empty_fact_is_none(tmp_path):
    assert read_fact(write(tmp_path, "empty", " \n\0")) is None


def test_the_load_is_a_number_of_processes():
    assert load_average() >= 0
