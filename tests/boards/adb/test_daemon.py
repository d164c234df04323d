"""The phone answers the real adb client, whatever state it is in."""

from __future__ import annotations

import hashlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.boards.adb.client import AdbClient
from tests.boards.adb.daemon import Daemon


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Daemon]:
    home = tmp_path / "phone"
    home.mkdir()
    with Daemon(home) as daemon:
        yield daemon


@pytest.fixture
def adb(tmp_path: Path, phone: Daemon) -> Iterator[AdbClient]:
    with AdbClient(tmp_path / "client", phone) as client:
        yield client


def test_it_is_listed_as_a_device_that_knows_exit_codes(adb: AdbClient, phone: Daemon) -> None:
    assert f"{phone.serial}\tdevice" in adb.run("devices").stdout.decode()
    assert b"shell_v2" in adb.device("features").stdout


def test_a_command_keeps_its_input_output_errors_and_code(adb: AdbClient) -> None:
    done = adb.device("shell", "-T", "cat; echo wrong >&2; exit 7", stdin=b"a\r\n\x00b\xff")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"a\r\n\x00b\xff", b"wrong\n")


def test_a_megabyte_passes_unchanged_both_ways(adb: AdbClient) -> None:
    content = hashlib.shake_256(b"megabyte").digest(1 << 20)
    assert adb.device("shell", "-T", "cat", stdin=content).stdout == content


def test_files_are_pushed_and_pulled(adb: AdbClient, phone: Daemon, tmp_path: Path) -> None:
    content = hashlib.shake_256(b"file").digest(200_000)
    (tmp_path / "here").write_bytes(content)
    assert adb.device("push", tmp_path / "here", "/data/local/tmp/there").returncode == 0
    assert (tmp_path / "phone/data/local/tmp/there").read_bytes() == content
    assert adb.device("pull", "/data/local/tmp/there", tmp_path / "back").returncode == 0
    assert (tmp_path / "back").read_bytes() == content


def test_a_file_that_is_not_there_is_not_pulled(adb: AdbClient, tmp_path: Path) -> None:
    done = adb.device("pull", "/nothing", tmp_path / "back")
    assert done.returncode == 1
    assert b"does not exist" in done.stdout + done.stderr


def test_a_phone_that_nobody_unlocked_is_unauthorised(tmp_path: Path) -> None:
    with Daemon(tmp_path, authorised=False) as phone, AdbClient(tmp_path / "c", phone) as adb:
        assert f"{phone.serial}\tunauthorized" in adb.run("devices").stdout.decode()
        done = adb.device("shell", "-T", "true")
        assert done.returncode == 1
        assert b"unauthorized" in done.stderr


def test_a_phone_whose_cable_is_pulled_is_offline(adb: AdbClient, phone: Daemon) -> None:
    assert adb.device("shell", "-T", "true").returncode == 0
    phone.cut()
    end = time.monotonic() + 20
    while b"offline" not in (said := adb.run("devices").stdout) and time.monotonic() < end:
        time.sleep(0.1)
    assert b"offline" in said
    assert b"offline" in adb.device("shell", "-T", "true").stderr


def test_a_line_cut_in_the_middle_looks_like_success_to_adb(adb: AdbClient, phone: Daemon) -> None:
    """Code 0 and half an answer: whoever calls adb has to look for the end of the answer."""
    phone.cut_after = phone.received + 300_000
    done = adb.device("shell", "-T", "cat >there; echo whole", stdin=bytes(1 << 20))
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_command_whose_line_is_cut_is_hung_up_on(
    adb: AdbClient, phone: Daemon, tmp_path: Path
) -> None:
    home = tmp_path / "phone"
    command = "trap 'touch hung-up' HUP; touch ready; cat; sleep 1"
    with subprocess.Popen(
        [adb.programs / "adb", "-s", phone.serial, "shell", "-T", command], stdin=subprocess.PIPE
    ) as shell:
        try:
            wait_for(home / "ready")
            phone.cut()
            wait_for(home / "hung-up")
        finally:
            shell.kill()


def wait_for(path: Path) -> None:
    """Wait until a command on the phone has made a file."""
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path.name} did not appear"
        time.sleep(0.1)
