"""The whole journey over a real sshd, as a user types it: deploy, check, bench, cut lines."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest
from click.testing import CliRunner

from edgeattn.cli.main import main
from edgeattn.deploy.connect import connect
from edgeattn.deploy.deployment import deploy
from edgeattn.deploy.remote import run_on
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment


def edgeattn(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_deploy_check_bench_and_uninstall(sshd, ssh_home, bundle_path):
    done = edgeattn("deploy", bundle_path, sshd.device, "--json")
    assert done.exit_code == 0, done.output
    read = json.loads(done.stdout)
    assert read["report"]["verdict"]["passed"]
    assert read["deployment"]["folder"] == f"{ssh_home}/.edgeattn"
    assert read["traffic"]["round_trips"] == 3
    assert 0 < read["deployment"]["moved_bytes"] < 1_000_000

    again = json.loads(edgeattn("deploy", bundle_path, sshd.device, "--json").stdout)
    assert (again["deployment"]["moved_bytes"], again["traffic"]["round_trips"]) == (0, 2)

    words = ["--device", sshd.device, "--no-record", "--json"]
    checked = edgeattn("check", bundle_path, *words)
    assert checked.exit_code == 0, checked.output
    assert {one["engine"] for one in json.loads(checked.stdout)["candidates"]} == {"ai-edge-litert"}

    few = ["--iterations", "5", "--warmup", "1", "--engine", "onnx", "--no-memory"]
    timed = edgeattn("bench", bundle_path, *words, *few)
    assert timed.exit_code == 0, timed.output
    report = json.loads(timed.stdout)
    assert report["context"]["engine"] == "onnxruntime"
    assert {one["latency_ms"]["n"] for one in report["candidates"]} == {5}

    assert edgeattn("deploy", sshd.device, "--uninstall").exit_code == 0
    assert list(ssh_home.iterdir()) == []


def test_a_gate_that_fails_on_the_board_ends_with_1(sshd, ssh_home, bundle_path):
    words = ["--device", sshd.device, "--no-record", "--min-speedup", "1000", "--iterations", "3"]
    done = edgeattn("bench", bundle_path, *words, "--warmup", "0", "--no-memory")
    assert done.exit_code == 1, done.output
    assert "a speed-up of 1000x was asked for" in done.stdout


def test_a_refused_login_ends_with_3_and_one_line(sshd, ssh_home, bundle_path, monkeypatch):
    monkeypatch.setenv("EDGEATTN_SSH_OPTIONS", sshd.options(key="other_key"))
    done = edgeattn("deploy", bundle_path, sshd.device)
    assert done.exit_code == 3
    assert len(done.stderr.splitlines()) == 1


def test_a_line_cut_in_a_benchmark_ends_it_there_and_the_bundle_stays(sshd, ssh_home, bundle_path):
    bundle = open_bundle(bundle_path)
    with connect(sshd.device) as board:
        deployed = deploy(bundle, board)

        def cut():
            deadline = time.monotonic() + 60
            while not running(deployed.release) and time.monotonic() < deadline:
                time.sleep(0.05)
            for session in sshd.sessions():
                kill_tree(session)

        started = time.monotonic()
        threading.Thread(target=cut, daemon=True).start()
        with pytest.raises(BadEnvironment, match="what is on the board is whole"):
            run_on(board, deployed, ["bench", "--sustained", "60s", "--iterations", "3"])
        assert time.monotonic() - started < 55  # it was cut, and did not come to its end
    deadline = time.monotonic() + 20
    while running(deployed.release) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(deployed.release) == []  # nothing goes on heating the board
    with connect(sshd.device) as board:
        assert run_on(board, deploy(bundle, board), ["check"]).verdict.passed


def test_ctrl_c_keeps_what_a_run_without_a_pause_has_measured_there(sshd, ssh_home, bundle_path):
    words = ["--device", sshd.device, "--no-record", "--json", "--engine", "onnx", "--no-memory"]
    words += ["--iterations", "3", "--warmup", "0", "--sustained", "1h"]
    with subprocess.Popen(
        [sys.executable, "-m", "edgeattn", "bench", str(bundle_path), *words],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # a terminal of its own, whose Ctrl-C meets all that runs in it
        preexec_fn=heed_ctrl_c,
    ) as process:
        # All that comes before takes a second or two of the CPU; five are spent without a pause.
        while sum(map(cpu_s, running(f"{ssh_home}/.edgeattn"))) < 5 and process.poll() is None:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)
        try:
            said = process.communicate(timeout=120)[0]
        finally:
            process.kill()  # nothing happens when it has ended
    assert process.returncode == 0
    curves = [one["sustained"] for one in json.loads(said)["candidates"] if one.get("sustained")]
    assert [curve["interrupted"] for curve in curves] == [True]
    assert 0 < curves[0]["windows"][-1]["end_s"] < 3600
    assert running(f"{ssh_home}/.edgeattn") == []


def heed_ctrl_c():
    """Undo an ignored SIGINT, which the shell of a background job leaves to all it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def cpu_s(pid):
    """Return the CPU time that a process has used, 0 once it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
    except OSError:
        return 0.0
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def running(release):
    """Return the processes that measure a release."""
    done = subprocess.run(
        ["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True
    )
    return [
        int(line.split()[0])
        for line in done.stdout.splitlines()
        if re.search(rf"{re.escape(release)}\S*/edgeattn.pyz bench", line)
    ]


def kill_tree(session):
    """Kill a session of sshd and the process that serves its user, but nothing they started."""
    done = subprocess.run(
        ["ps", "-eww", "-o", "pid,ppid,comm"], capture_output=True, text=True, check=True
    )
    rows = [line.split(None, 2) for line in done.stdout.splitlines()[1:]]
    served = [int(pid) for pid, parent, name in rows if int(parent) == session and "sshd" in name]
    for pid in (*served, session):
        os.kill(pid, signal.SIGKILL)
