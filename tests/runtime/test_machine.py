from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeattn_runtime import machine, throttling
from edgeattn_runtime.machine import Context, context, cpu_class
from edgeattn_runtime.session import open_session

PI_4_CPUINFO = """\
processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU part\t: 0xd08

processor\t: 1
CPU part\t: 0xd08
"""

ORIN_CPUINFO = """\
processor\t: 0
Features\t: fp asimd evtstrm aes atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
CPU part\t: 0xd42
"""


@pytest.fixture
def board(tmp_path: Path):
    """Return a function that writes files below a root and returns it."""

    def write(files: dict[str, str]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path

    return write


@pytest.fixture
def raspberry_pi_4(board, monkeypatch):
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    return board(
        {
            "proc/cpuinfo": PI_4_CPUINFO,
            "proc/meminfo": "MemTotal:        3882288 kB\nMemFree: 1 kB\n",
            "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "ondemand\n",
            "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
            "sys/class/thermal/thermal_zone0/temp": "48212\n",
            "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
        }
    )


def test_a_raspberry_pi_says_what_it_is(raspberry_pi_4):
    found = context(threads=4, root=raspberry_pi_4)
    assert found.machine == "Raspberry Pi 4 Model B Rev 1.4"
    assert found.cpu == "2x Cortex-A72"
    assert found.features == ("asimd",)
    assert found.cpu_class == "arm64"
    assert found.memory_mb == pytest.approx(3975.5)
    assert found.governor == "ondemand"
    assert found.temperature_c_before == 48.212
    assert found.throttled is False
    assert found.threads == 4


def test_a_raspberry_pi_that_gets_too_hot_meanwhile_says_so(raspberry_pi_4, board):
    before = context(root=raspberry_pi_4)
    board(
        {
            "sys/class/thermal/thermal_zone0/temp": "84700",
            # nothing now, but since boot: capped and throttled
            "sys/devices/platform/soc/soc:firmware/get_throttled": "60000",
        }
    )
    after = before.finished(raspberry_pi_4)
    assert after.throttled is True
    assert (after.temperature_c_before, after.temperature_c_after) == (48.212, 84.7)


def test_throttling_long_ago_does_not_count(raspberry_pi_4, board):
    board({"sys/devices/platform/soc/soc:firmware/get_throttled": "50000"})
    assert context(root=raspberry_pi_4).finished(raspberry_pi_4).throttled is False


def test_throttling_right_now_counts(raspberry_pi_4, board):
    board({"sys/devices/platform/soc/soc:firmware/get_throttled": "e0008"})
    assert context(root=raspberry_pi_4).throttled is True


def test_a_raspberry_pi_without_the_file_is_asked_through_its_tool(raspberry_pi_4, monkeypatch):
    (raspberry_pi_4 / "sys/devices/platform/soc/soc:firmware/get_throttled").unlink()
    monkeypatch.setattr(throttling, "_vcgencmd", lambda: "0x50005")
    assert context(root=raspberry_pi_4).throttled is True


def test_a_raspberry_pi_without_its_tool_does_not_know(raspberry_pi_4, monkeypatch):
    (raspberry_pi_4 / "sys/devices/platform/soc/soc:firmware/get_throttled").unlink()
    monkeypatch.setenv("PATH", "")
    assert context(root=raspberry_pi_4).throttled is None


def test_throttling_events_of_a_pc_are_counted(board):
    count = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
    root = board({count: "7"})
    before = context(root=root)
    assert before.throttled is False
    assert before.finished(root).throttled is False
    board({count: "9"})
    assert before.finished(root).throttled is True


def test_big_and_little_cores_are_counted(board):
    cpuinfo = "CPU part\t: 0xd05\nCPU part\t: 0xd05\nCPU part\t: 0xd41\nCPU part\t: 0x123\n"
    root = board({"proc/cpuinfo": cpuinfo})
    assert context(root=root).cpu == "2x Cortex-A55 + 1x Cortex-A78 + 1x ARM part 0x123"


def test_a_jetson_has_the_dot_product(board, monkeypatch):
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    found = context(root=board({"proc/cpuinfo": ORIN_CPUINFO}))
    assert found.features == ("asimd", "asimdhp", "asimddp")
    assert found.cpu_class == "arm64-dotprod"


def test_the_hottest_cpu_sensor_counts_and_the_battery_does_not(board):
    zones = {"battery": "90000", "CPU-therm": "51000", "x86_pkg_temp": "52500", "broken": "n/a"}
    files = {}
    for i, (kind, degrees) in enumerate(zones.items()):
        files[f"sys/class/thermal/thermal_zone{i}/type"] = kind
        files[f"sys/class/thermal/thermal_zone{i}/temp"] = degrees
    assert context(root=board(files)).temperature_c_before == 52.5


def test_a_machine_that_tells_nothing_gives_none(tmp_path):
    found = context(root=tmp_path)
    assert found.governor is None
    assert found.temperature_c_before is None
    assert found.memory_mb is None
    assert found.throttled is None
    assert found.finished(tmp_path).throttled is None
    assert found.features == ()


def test_this_machine_is_described():
    found = context(threads=1)
    assert found.cores >= 1
    assert found.python.startswith("3.")
    assert found.numpy[0].isdigit()


@pytest.mark.parametrize(
    ("architecture", "features", "expected"),
    [
        ("x86_64", ("avx2", "avx512_vnni"), "x86-vnni"),
        ("AMD64", ("avx2", "avx_vnni"), "x86-vnni"),
        ("x86_64", ("avx2",), "x86"),
        ("aarch64", ("asimd", "asimddp"), "arm64-dotprod"),
        ("aarch64", ("asimd",), "arm64"),
        ("armv7l", ("neon",), "arm32"),
        ("riscv64", (), "other"),
    ],
)
def test_classes_of_cpu(architecture, features, expected):
    assert cpu_class(architecture, features) == expected


def test_a_32_bit_python_on_a_64_bit_kernel_is_arm32(monkeypatch):
    monkeypatch.setattr(machine.struct, "calcsize", lambda form: 4)
    assert cpu_class("aarch64", ("asimd", "asimddp")) == "arm32"


def test_apple_silicon_has_the_dot_product(monkeypatch):
    monkeypatch.setattr(machine.platform, "system", lambda: "Darwin")
    assert cpu_class("arm64", ()) == "arm64-dotprod"


def test_the_context_survives_json():
    found = context(threads=2).finished()
    assert Context.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_facts_of_a_newer_version_are_left_out():
    assert Context.from_json({"machine": "x", "fan_rpm": 900}).machine == "x"


def test_engines_are_named_once_in_order(onnx_bytes, tflite_bytes):
    sessions = [
        open_session(content)
        for content in (onnx_bytes["fp32"], tflite_bytes["fp32"], onnx_bytes["int8"])
    ]
    found = Context().with_sessions(sessions)
    assert found.engine == "onnxruntime + ai-edge-litert"
    assert found.engine_version == f"{sessions[0].engine_version} + {sessions[1].engine_version}"
    assert found.provider_actual == "CPUExecutionProvider + XNNPACK"
    assert Context().with_sessions([]).engine is None
