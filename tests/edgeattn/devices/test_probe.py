"""Probing this machine for real, and answers of boards that are not here."""

import json

import pytest

from edgeattn.deploy.board import BoardFacts, Interpreter, Inventory
from edgeattn.deploy.connection import Completed
from edgeattn.deploy.fake import FakeConnection
from edgeattn.deploy.local import LocalConnection
from edgeattn.devices.cores import peak
from edgeattn.devices.probe import check_out, measured_roofs, probe_profile, profile_text
from edgeattn.devices.profile import read_profile
from edgeattn.devices.roofline import roof_of
from edgeattn.devices.target import resolve_target
from edgeattn_runtime import machine
from edgeattn_runtime.errors import BadEnvironment, BadUsage

PYTHON = Interpreter(path="/usr/bin/python3", version=(3, 11, 2), glibc=(2, 36), engines={})
ROOFS = {"memcpy_gb_per_s": 5.2, "memcpy_mib": 32.0, "sgemm_gops_per_s": 9.0, "numpy": "2.0"}
PI_5 = {
    "model": "Raspberry Pi 5 Model B Rev 1.0",
    "machine": "aarch64",
    "cpu_parts": (0xD0B,) * 4,
    "clocks_khz": (2_400_000,) * 4,
    "features": ("asimd", "asimddp", "asimdhp", "crc32"),
}


def facts(python=PYTHON, **changed):
    whole = {
        "system": "Linux 6.12",
        "distribution": "Debian GNU/Linux 12 (bookworm)",
        "cores": 4,
        "memory_bytes": 8_323_000_000,
        "clock": 1.7e9,
        "folder": "/home/pi/.edgeattn",
        "writable": True,
        "inventory": Inventory(bundles={}, incoming={}),
        "pythons": (python,),
        **PI_5,
        **changed,
    }
    return BoardFacts(**whole)


def profile(**changed):
    return read_profile(profile_text(facts(**changed), ROOFS), "board")


def test_this_machine_writes_a_profile_that_is_a_target_and_has_roofs(tmp_path):
    with LocalConnection() as connection:
        text = probe_profile(connection)
    found = read_profile(text, "here")
    assert found.cpu_class == machine.cpu_class()
    assert roof_of(found) is not None
    path = tmp_path / "here.toml"
    path.write_text(text)
    assert resolve_target(str(path)) == machine.cpu_class()


def test_a_board_becomes_a_profile_in_the_words_of_profiles():
    found = profile()
    assert found.name == "raspberry-pi-5-model-b-rev-1-0"
    assert found.features == ("neon", "dotprod", "fp16")
    assert found.targets == ("arm64-dotprod",)
    assert [(one.core, one.count, one.clock_mhz) for one in found.clusters] == [
        ("Cortex-A76", 4, 2400)
    ]
    assert (found.systems[0].python, found.systems[0].glibc) == ("3.11", "2.36")
    assert all("asked of the board itself" in one for one in found.clusters[0].source)


def test_cores_that_are_in_our_table_keep_their_computed_peak():
    roof = peak(profile(), "fp32")
    assert roof is not None
    assert "Cortex-A76" in roof.what


def test_cores_that_are_in_no_table_get_the_measured_peak():
    found = profile(cpu_parts=(0xFFF,) * 4)
    assert [(one.precision, one.gops_per_s) for one in found.peaks] == [("fp32", 9), ("int8", 36)]
    assert "derived: 4 x" in found.peaks[1].source[1]


def test_without_the_dot_product_int8_is_derived_at_twice_float():
    found = profile(cpu_parts=(), clocks_khz=(), features=("asimd",))
    assert [one.gops_per_s for one in found.peaks] == [9, 18]
    assert found.targets == ("arm64",)


def test_without_numpy_on_the_board_no_peak_is_invented():
    text = profile_text(
        facts(cpu_parts=(), clocks_khz=()), {**ROOFS, "sgemm_gops_per_s": None, "numpy": ""}
    )
    assert read_profile(text, "board").peaks == ()


def test_big_cores_come_before_little_ones():
    found = profile(
        cpu_parts=(0xD05,) * 4 + (0xD0B,) * 4, clocks_khz=(1_800_000,) * 4 + (2_400_000,) * 4
    )
    assert [one.core for one in found.clusters] == ["Cortex-A76", "Cortex-A55"]


@pytest.mark.parametrize(
    ("python", "engine"),
    [
        (Interpreter(path="/p", version=(3, 8, 1), engines={}), "onnxruntime"),
        (Interpreter(path="/p", version=(3, 13, 1), engines={}), "ai-edge-litert"),
        (Interpreter(path="/p", version=(3, 11), engines={"onnxruntime": "1.31"}), "onnxruntime"),
    ],
)
def test_the_engine_is_what_is_there_else_what_has_a_wheel(python, engine):
    assert read_profile(profile_text(facts(python), ROOFS), "board").engine == engine


def test_a_32_bit_python_on_a_64_bit_kernel_is_a_32_bit_board():
    python = Interpreter(path="/p", version=(3, 11), bits=32, engines={})
    assert read_profile(profile_text(facts(python), ROOFS), "board").targets == ("arm32",)


def test_a_cpu_nobody_writes_for_is_refused():
    with pytest.raises(BadEnvironment, match="a riscv64 is none of the CPUs"):
        profile(machine="riscv64")


def test_a_hostile_model_name_stays_a_string():
    found = profile(model='x"\nengine = "pytorch"')
    assert found.engine == "ai-edge-litert"
    assert found.name == "x-engine-pytorch"


@pytest.mark.parametrize(
    "said",
    [
        b"Welcome!",
        b"[]",
        b"{}",
        json.dumps({"memcpy_gb_per_s": "fast", "sgemm_gops_per_s": None}).encode(),
        json.dumps({"memcpy_gb_per_s": -1, "sgemm_gops_per_s": None}).encode(),
    ],
)
def test_a_board_that_measures_nonsense_is_one_sentence(said):
    with pytest.raises(BadEnvironment, match="did not measure its roofs"):
        measured_roofs(FakeConnection([Completed(0, said)]), "/usr/bin/python3")


def test_a_board_whose_python_fails_is_one_sentence():
    done = Completed(1, b"", b"Illegal instruction\n")
    with pytest.raises(BadEnvironment, match="Illegal instruction"):
        measured_roofs(FakeConnection([done]), "/usr/bin/python3")


def test_a_place_that_is_no_toml_file_or_exists_is_refused(tmp_path):
    with pytest.raises(BadUsage, match=r"does not end in \.toml"):
        check_out(tmp_path / "board.txt", force=False)
    path = tmp_path / "board.toml"
    path.write_text("")
    with pytest.raises(BadUsage, match="add --force"):
        check_out(path, force=False)
    check_out(path, force=True)
