from __future__ import annotations

from pathlib import Path

import pytest

from edgeattn_runtime import heat
from edgeattn_runtime.heat import board_model, read_fact, temperature_c, throttling


def write(root: Path, name: str, content: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("bits", "now", "record"),
    [
        ("0", False, 0),
        ("0x50000", False, 5),
        ("50005", True, 5),
        ("0xe0008", True, 0xE),
    ],
)
def test_the_firmwares_bits_are_now_and_since_boot(tmp_path, bits, now, record):
    write(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", bits)
    assert throttling(tmp_path) == (now, record)


def test_words_that_are_no_bits_are_no_answer(tmp_path):
    write(tmp_path, "sys/devices/platform/soc/soc:firmware/get_throttled", "unknown")
    assert throttling(tmp_path) == (None, None)


def test_the_firmwares_tool_is_read_when_it_is_there(tmp_path, monkeypatch):
    tool = write(tmp_path, "vcgencmd", "#!/bin/sh\necho throttled=0x50005\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    write(tmp_path, "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    assert throttling(tmp_path) == (True, 5)


def test_only_a_raspberry_pi_is_asked_through_the_tool(tmp_path, monkeypatch):
    monkeypatch.setattr(heat, "_vcgencmd", lambda: "0x50005")
    assert throttling(tmp_path) == (None, None)


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
