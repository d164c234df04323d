import pytest

from edgeattn.devices.profile import read_profile
from edgeattn_runtime.errors import BadInput
from tests.edgeattn.devices.boards import BOARD


def test_a_file_becomes_a_profile():
    board = read_profile(BOARD, "board.toml")
    assert (board.name, board.threads, board.cpu_class) == ("my-board", 2, "arm64")
    assert board.clusters[0].clock_mhz == 1500
    assert board.memory is not None
    assert board.memory.sizes_gb == (1, 2)


def test_a_source_is_spelt_out():
    board = read_profile(BOARD, "board.toml")
    assert board.memory is not None
    assert board.memory.source == ("The data sheet, 2024", "derived: two of them")


def test_the_bandwidth_that_counts_is_the_measured_one():
    found = read_profile(BOARD, "board.toml").bandwidth
    assert found is not None
    assert found.gb_per_s == 5


def test_a_profile_without_a_measurement_takes_what_the_bus_can_carry():
    text = BOARD.replace("measured, memcpy", "theoretical, on Sundays")
    found = read_profile(text, "board.toml").bandwidth
    assert found is not None
    assert found.gb_per_s == 12.8


def test_a_profile_becomes_plain_values():
    facts = read_profile(BOARD, "board.toml").to_json()
    assert facts["cpu_class"] == "arm64"
    assert facts["clusters"][0]["source"] == ("The data sheet, 2024",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("name =", "name ", "board.toml is no TOML"),
        ('"my-board"', '"My Board"', "not made of lower case"),
        ('"onnxruntime"', '"pytorch"', "choose from onnxruntime"),
        ('["arm64"]', "[]", "targets is empty"),
        ("threads = 2", "threads = 0", "at least 1 runs"),
        ("threads = 2", 'threads = "2"', "threads is '2', which is no int"),
        ("threads = 2", "threads = true", "threads is True"),
        ("threads = 2\n", "", "has no 'threads'"),
        ("threads = 2", "threads = 2\ncolour = 3", "has 'colour'; known are"),
        ("clock_mhz", "clock", "cluster has 'clock'; known are core"),
        ("count = 4", 'count = "4"', "count is '4'"),
        ("count = 4", "count = -4", "count is -4"),
        ('source = ["sheet"]', 'source = ["a rumour"]', "cpu names the source 'a rumour'"),
        ('source = ["sheet"]\n', "", "has no list `source`"),
        ('source = ["sheet"]', 'source = "sheet"', "has no list `source`"),
        ("[[cluster]]", "[cluster]", r"write \[\[cluster\]\]"),
        ("[memory]", "[[memory]]", "memory is"),
        ("[1, 2]", '["1"]', "sizes_gb is"),
        ('sheet = "The', 'sheet = 3 # "The', r"\[sources\] wants one sentence"),
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused_with_its_name(old, new, message):
    assert old in BOARD
    with pytest.raises(BadInput, match=message) as caught:
        read_profile(BOARD.replace(old, new, 1), "board.toml")
    assert "board.toml" in str(caught.value)
