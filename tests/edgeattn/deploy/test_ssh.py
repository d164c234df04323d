"""Against a real OpenSSH server; the whole journey over it is in test_journey.py."""

import os
import signal
import stat
import threading
import time

import pytest

from edgeattn.deploy.address import parse_address
from edgeattn.deploy.connect import connect
from edgeattn.deploy.ssh import SshConnection
from edgeattn_runtime.errors import BadEnvironment


def test_bytes_pass_unchanged_in_both_directions(sshd, ssh_home):
    content = bytes(range(256)) * 4000
    with connect(sshd.device) as board:
        assert board.run("cat", stdin=content).stdout == content


def test_the_exit_code_and_stderr_are_the_command_s(sshd, ssh_home):
    with connect(sshd.device) as board:
        done = board.run("echo no >&2; exit 7")
    assert (done.code, done.complaint) == (7, "no")


def test_one_connection_serves_all_commands_and_ends_with_the_line(sshd, ssh_home):
    with connect(sshd.device) as board:
        board.run("true")
        first = sshd.sessions()
        board.run("true")
        assert sshd.sessions() == first
        assert len(first) == 1
    deadline = time.monotonic() + 10
    while sshd.sessions() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sshd.sessions() == []


def test_the_shared_socket_is_this_user_s_alone_and_is_removed(sshd, ssh_home):
    board = SshConnection(parse_address(sshd.device))
    board.run("true")
    folder = board._folder
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    board.close()
    assert not folder.exists()


def test_a_user_s_own_sharing_of_connections_is_left_alone(sshd, ssh_home, monkeypatch, tmp_path):
    own = f"-o ControlMaster=auto -o ControlPersist=10m -o ControlPath={tmp_path}/own"
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", f"{sshd.options()} {own}")
    with connect(sshd.device) as board:
        assert board.run("echo there").text == "there\n"
    assert not (tmp_path / "own").exists()


def test_traffic_counts_commands_and_their_bytes(sshd, ssh_home):
    with connect(sshd.device) as board:
        board.run("cat", stdin=b"x" * 1000)
        board.run("true")
        assert board.traffic.round_trips == 2
        assert 2000 <= board.traffic.sent + board.traffic.received < 2200


def test_a_wrong_host_key_is_refused_with_what_to_do(sshd, ssh_home, monkeypatch):
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", sshd.options(known="wrong_hosts"))
    with connect(sshd.device) as board, pytest.raises(BadEnvironment, match="another host key"):
        board.run("true")


def test_an_unknown_host_key_is_refused_with_what_to_do(sshd, ssh_home, monkeypatch):
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", sshd.options(known="no_hosts"))
    with connect(sshd.device) as board, pytest.raises(BadEnvironment, match="not known here"):
        board.run("true")
    assert (sshd.folder / "no_hosts").read_bytes() == b""


def test_a_refused_login_is_one_sentence(sshd, ssh_home, monkeypatch):
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", sshd.options(key="other_key"))
    with (
        connect(sshd.device) as board,
        pytest.raises(BadEnvironment, match="refuses the login; `ssh-copy-id"),
    ):
        board.run("true")


def test_a_port_where_nothing_listens_is_one_sentence(ssh_home):
    with (
        connect("ssh://pi@127.0.0.1:9") as board,
        pytest.raises(BadEnvironment, match="nothing listens on its ssh port"),
    ):
        board.run("true")


def test_a_line_that_drops_is_one_sentence(sshd, ssh_home):
    def cut():
        (session,) = sshd.sessions()
        os.kill(session, signal.SIGKILL)

    with connect(sshd.device) as board:
        board.run("true")
        threading.Timer(0.5, cut).start()
        with pytest.raises(BadEnvironment, match=r"dropped .* run the same command again"):
            board.run("sleep 30")


def test_options_that_ssh_does_not_know_are_named(sshd, ssh_home, monkeypatch):
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", "-o Nonsense=yes")
    with connect(sshd.device) as board, pytest.raises(BadEnvironment, match="EDGEATTN_SSH_OPTIONS"):
        board.run("true")


def test_options_that_no_shell_could_read_are_one_sentence(monkeypatch):
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", "-i 'my key")
    with pytest.raises(BadEnvironment, match=r"EDGEATTN_SSH_OPTIONS .* \(No closing quotation\)"):
        connect("ssh://pi@board")


def test_without_an_ssh_client_the_message_says_how_to_get_one():
    with pytest.raises(BadEnvironment, match="openssh-client"):
        SshConnection(parse_address("ssh://pi@board"), program="no-such-ssh")
