import pytest

from edgeattn.deploy.address import Address, parse_address
from edgeattn_runtime.errors import BadUsage


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("local", Address("local")),
        ("ssh://pi@raspberrypi", Address("ssh", "raspberrypi", "pi")),
        ("ssh://pi@10.0.0.7:2222", Address("ssh", "10.0.0.7", "pi", 2222)),
        ("ssh://jetson", Address("ssh", "jetson")),
        ("ssh://pi@[fe80::1%eth0]:22", Address("ssh", "fe80::1%eth0", "pi", 22)),
        ("adb://emulator-5554", Address("adb", "emulator-5554")),
        ("adb://192.168.1.5:5555", Address("adb", "192.168.1.5:5555")),
    ],
)
def test_an_address_is_read_and_written_back(text, address):
    assert parse_address(text) == address
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pi@raspberrypi", "did you mean ssh://pi@raspberrypi"),
        ("raspberrypi", "write local, ssh://"),
        ("", "write local, ssh://"),
        ("http://board", "write local, ssh://"),
        ("ssh://", "write local, ssh://"),
        ("ssh://pi:secret@board", "takes no password"),
        ("ssh://pi@board/home/pi", "--dir PATH"),
        ("ssh://pi@board:70000", "ports go from 1 to 65535"),
        ("ssh://pi@board:0", "ports go from 1 to 65535"),
        ("adb:emulator", "adb devices"),
        ("adb://", "adb devices"),
    ],
)
def test_what_is_no_address_gets_a_hint(text, message):
    with pytest.raises(BadUsage, match=message):
        parse_address(text)


def test_a_password_is_not_repeated():
    with pytest.raises(BadUsage) as fault:
        parse_address("ssh://pi:secret@board")
    assert "secret" not in str(fault.value)


@pytest.mark.parametrize(
    "text",
    ["ssh://-oProxyCommand=sh", "ssh://-l@board", "ssh://pi@-x", "adb://-x", "ssh://pi@a b",
     "ssh://pi@board\n", "ssh://$(id)@board", "ssh://pi@board;id"],
)  # fmt: skip
def test_nothing_can_be_taken_for_an_option_or_a_command(text):
    with pytest.raises(BadUsage):
        parse_address(text)
