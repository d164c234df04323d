import pytest

from edgeattn.devices.load import LARGEST_BYTES, find_profile, load_profile, shipped
from edgeattn_runtime.errors import BadInput, BadUsage
from tests.edgeattn.devices.boards import BOARD


@pytest.mark.parametrize(
    "typed", ["raspberry-pi-5", "pi5", "Raspberry Pi 5", "raspberry_pi_5", " RPI5 "]
)
def test_a_device_answers_to_all_its_names(typed):
    assert load_profile(typed) is shipped()["raspberry-pi-5"]


def test_a_file_of_the_user_is_read_by_its_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(BOARD)
    assert load_profile(str(path)).name == "my-board"


@pytest.mark.parametrize(
    ("typed", "near"), [("rasberry-pi-4", "raspberry-pi-4"), ("pixel8pro", "pixel8")]
)
def test_a_name_nobody_knows_gets_the_nearest_ones(typed, near):
    with pytest.raises(BadUsage, match=f"there is no device '{typed}'; did you mean .*{near}"):
        load_profile(typed)


def test_a_name_like_no_other_is_sent_to_the_list():
    with pytest.raises(BadUsage, match="`edgeattn devices` lists them"):
        load_profile("xyzzy")


def test_looking_for_a_name_nobody_knows_finds_nothing():
    assert find_profile("xyzzy") is None


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(BadInput, match=r"there is no file .*devices probe DEVICE"):
        load_profile(str(tmp_path / "none.toml"))


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "board.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="cannot be read"):
        load_profile(str(path))


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "board.toml"
    path.write_bytes(b"#" * (LARGEST_BYTES + 1))
    with pytest.raises(BadInput, match="a profile has at most 1 MiB"):
        load_profile(str(path))
