from edgeattn.devices.load import load_profile, shipped
from edgeattn.devices.profile import read_profile
from edgeattn.devices.text import (
    WIDTH,
    bandwidth_of,
    cores_of,
    memory_of,
    pythons_of,
    render_profile,
    render_profiles,
)
from tests.edgeattn.devices.boards import BOARD

BARE = BOARD[: BOARD.index("[cpu]")]


def test_every_device_has_a_line_that_fits_the_terminal():
    lines = render_profiles(shipped().values()).splitlines()
    assert all(any(line.startswith(name) for line in lines) for name in shipped())
    assert max(map(len, lines)) <= WIDTH


def test_every_fact_of_a_device_is_followed_by_its_source():
    text = render_profile(read_profile(BOARD, "board"))
    lines = text.splitlines()
    place = lines.index("  4x Cortex-A72 at 1500 MHz")
    assert lines[place + 1] == "      source: The data sheet, 2024"
    assert "  12.8 GB/s, theoretical" in lines


def test_what_not_to_try_is_said_with_its_reason():
    profile = load_profile("raspberry-pi-4")
    text = " ".join(render_profile(profile).split())
    assert all(f"{one.what}: {one.why}" in text for one in profile.avoid)


def test_a_theoretical_bandwidth_stands_in_brackets():
    assert bandwidth_of(load_profile("galaxy-s24")) == "(76.8)"
    assert bandwidth_of(load_profile("raspberry-pi-5")) == "12.1"


def test_what_nobody_says_reads_as_a_dash():
    bare = read_profile(BARE, "board")
    assert {cores_of(bare), memory_of(bare), bandwidth_of(bare), pythons_of(bare)} == {"-"}
    assert "Cores" not in render_profile(bare)
