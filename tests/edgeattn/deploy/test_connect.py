import pytest

from edgeattn.deploy.adb import AdbConnection
from edgeattn.deploy.address import Address
from edgeattn.deploy.connect import connect
from edgeattn.deploy.local import LocalConnection
from edgeattn.deploy.ssh import SshConnection
from edgeattn_runtime.errors import BadUsage


def test_each_address_gets_its_line(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    assert isinstance(connect("local"), LocalConnection)
    assert isinstance(connect(Address("local")), LocalConnection)
    assert connect("ssh://pi@board").name == "pi@board"
    assert isinstance(connect("ssh://board"), SshConnection)
    assert isinstance(connect("adb://R3"), AdbConnection)


def test_what_is_no_device_is_refused():
    with pytest.raises(BadUsage, match="is no device"):
        connect("board")
