"""Against the real adb client and a phone that speaks its protocol, with a real shell behind."""

import threading

import pytest

from edgeattn.deploy.adb import AdbConnection
from edgeattn.deploy.address import parse_address
from edgeattn.deploy.deployment import deploy
from edgeattn.deploy.remote import run_on
from edgeattn.deploy.uninstall import uninstall
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment
from tests.boards.adb.client import AdbClient
from tests.boards.adb.daemon import Daemon


@pytest.fixture
def phone(home, programs):
    with Daemon(home, variables={"PATH": str(programs)}) as daemon:
        yield daemon


@pytest.fixture
def line(tmp_path, phone):
    with AdbClient(tmp_path / "client", phone) as client:
        yield connection(client, phone)


def connection(client, phone):
    address = parse_address(f"adb://{phone.serial}")
    return AdbConnection(address, program=str(client.programs / "adb"))


def test_bytes_and_the_exit_code_pass_unchanged(line):
    content = bytes(range(256)) * 2000
    done = line.run("cat; echo no >&2; exit 7", stdin=content)
    assert (done.code, done.stdout, done.complaint) == (7, content, "no")
    assert line.traffic.round_trips == 1


def test_an_error_of_the_command_s_own_is_not_adb_s(line):
    done = line.run("echo 'error: closed for the day' >&2; exit 1")
    assert done.complaint == "error: closed for the day"


def test_a_deploy_runs_over_adb_and_leaves_nothing_behind(line, home, bundle_path):
    bundle = open_bundle(bundle_path)
    deployed = deploy(bundle, line)
    assert run_on(line, deployed, ["check"]).verdict.passed
    assert line.traffic.round_trips == 3
    assert deploy(bundle, line).moved_bytes == 0
    uninstall(line)
    assert list(home.iterdir()) == []


def test_a_phone_that_nobody_unlocked_says_what_to_do(tmp_path, home):
    with (
        Daemon(home, authorised=False) as phone,
        AdbClient(tmp_path / "client", phone) as client,
        pytest.raises(BadEnvironment, match="accept the USB debugging question"),
    ):
        connection(client, phone).run("true")


def test_a_phone_that_is_gone_says_what_to_do(tmp_path, home):
    with Daemon(home) as phone, AdbClient(tmp_path / "client", phone) as client:
        phone.cut()
        with pytest.raises(BadEnvironment, match=r"adb devices|offline|dropped"):
            connection(client, phone).run("true")


def test_a_phone_older_than_android_7_is_refused(tmp_path, home):
    with (
        Daemon(home, features="cmd") as phone,
        AdbClient(tmp_path / "client", phone) as client,
        pytest.raises(BadEnvironment, match="older than Android 7"),
    ):
        connection(client, phone).run("true")


def test_a_cable_pulled_in_the_middle_is_one_sentence(line, phone):
    line.run("true")
    threading.Timer(0.5, phone.cut).start()
    with pytest.raises(BadEnvironment, match="dropped"):
        line.run("sleep 20")


def test_a_cable_pulled_in_the_middle_of_a_copy_leaves_nothing_half_installed(
    line, phone, home, bundle_path
):
    phone.cut_after = 40_000
    with pytest.raises(BadEnvironment, match="dropped"):
        deploy(open_bundle(bundle_path), line)
    assert not (home / ".edgeattn/bundles").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: device unauthorized.\nThis adb server's key", "accept the USB debugging question"),
        ("error: device still authorizing", "accept the USB debugging question"),
        ("error: device offline", "is offline for adb"),
        ("error: device 'R3' not found", "adb sees no device"),
        ("adb: no devices/emulators found", "adb sees no device"),
        ("error: closed", "adb cannot reach R3: error: closed"),
        ("* failed to start daemon\nerror: cannot connect to daemon", "server on this computer"),
    ],
)
def test_what_adb_says_becomes_a_sentence(tmp_path, said, sentence):
    program = tmp_path / "adb"
    program.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}\nEND\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(BadEnvironment, match=sentence):
        AdbConnection(parse_address("adb://R3"), program=str(program)).run("true")


def test_without_an_adb_client_the_message_says_how_to_get_one():
    with pytest.raises(BadEnvironment, match="apt install adb"):
        AdbConnection(parse_address("adb://R3"), program="no-such-adb")
