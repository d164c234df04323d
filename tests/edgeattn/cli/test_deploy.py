# ruff: noqa: F401, F811  # fixtures of other folders
"""`edgeattn deploy` onto this machine as a board; over ssh see tests/edgeattn/deploy."""

import json

import numpy as np
import pytest

from edgeattn.deploy.local import LocalConnection
from edgeattn_runtime.errors import BadEnvironment
from tests.edgeattn.deploy.conftest import board, home, programs
from tests.runtime.conftest import (
    bundle_path,
    images,
    make_bundle,
    onnx_bytes,
    tflite_bytes,
    tiny,
)


@pytest.fixture(autouse=True)
def scratch(board, monkeypatch):
    """Put the scratch board behind every address."""
    monkeypatch.setattr("edgeattn.deploy.connect.connect", lambda device: board)


def test_a_deploy_says_where_the_bundle_lies_and_what_the_check_found(edgeattn, home, bundle_path):
    done = edgeattn("deploy", bundle_path, "ssh://pi@board")
    assert done.exit_code == 0, done.output
    assert f"{home}/.edgeattn/releases/tiny-" in done.stdout
    assert "MB of files sent, 3 round trips" in done.stdout
    assert "is on the board already" in done.stdout
    assert "PASSED: 2 file(s) hold parity" in done.stdout


def test_json_holds_the_traffic_and_the_board_s_report(edgeattn, home, bundle_path):
    edgeattn("deploy", bundle_path, "ssh://pi@board")
    read = json.loads(edgeattn("deploy", bundle_path, "ssh://pi@board", "--json").stdout)
    assert read["device"] == "ssh://pi@board"
    assert read["deployment"]["moved_bytes"] == 0
    assert read["traffic"]["bytes_sent"] > 0
    assert read["warnings"] == []
    assert read["report"]["context"]["engine"] == "ai-edge-litert"


def test_uninstall_takes_the_device_alone(edgeattn, home, bundle_path):
    edgeattn("deploy", bundle_path, "ssh://pi@board")
    done = edgeattn("deploy", "ssh://pi@board", "--uninstall")
    assert (done.exit_code, list(home.iterdir())) == (0, [])
    assert f"{home}/.edgeattn is gone" in done.stdout
    again = edgeattn("deploy", bundle_path, "ssh://pi@board", "--uninstall", "--json")
    assert json.loads(again.stdout)["removed_bytes"] == 0


def test_a_deploy_without_a_device_is_what_was_typed(edgeattn, bundle_path):
    done = edgeattn("deploy", bundle_path)
    assert done.exit_code == 2
    assert "name the DEVICE too" in done.stderr


def test_an_engine_nobody_knows_is_what_was_typed(edgeattn, bundle_path):
    done = edgeattn("deploy", bundle_path, "ssh://pi@board", "--engine", "tvm")
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: there is no engine 'tvm'")


def test_a_board_that_cannot_be_reached_is_one_line_and_3(edgeattn, bundle_path, monkeypatch):
    def dead(self, command, **options):
        raise BadEnvironment("board does not answer; is it on, and in this network?")

    monkeypatch.setattr(LocalConnection, "run", dead)
    done = edgeattn("deploy", bundle_path, "ssh://pi@board")
    assert done.exit_code == 3
    assert done.stderr == "Error: board does not answer; is it on, and in this network?\n"


def test_a_gate_that_fails_there_is_1(edgeattn, bundle_path, edit_golden):
    edit_golden(bundle_path)
    done = edgeattn("deploy", bundle_path, "ssh://pi@board")
    assert done.exit_code == 1, done.output
    assert "parity" in done.stdout


def test_a_new_bundle_that_fails_there_leaves_the_last_good_one_in_use(
    edgeattn, home, bundle_path, edit_golden
):
    assert edgeattn("deploy", bundle_path, "ssh://pi@board").exit_code == 0
    (link,) = (home / ".edgeattn/bundles").iterdir()
    good = link.resolve()
    edit_golden(bundle_path)
    done = edgeattn("deploy", bundle_path, "ssh://pi@board", "--json")
    assert done.exit_code == 1, done.output
    assert json.loads(done.stdout)["in_use_again"] == good.name
    assert link.resolve() == good
    again = edgeattn("check", bundle_path, "--device", "ssh://pi@board")
    assert again.exit_code == 1
    assert f"{good.name} is in use again on ssh://pi@board" in again.output
    assert link.resolve() == good


@pytest.fixture
def edit_golden():
    """Return a function that writes golden vectors which no file answers."""
    from edgeattn_runtime.samples import Golden

    def edit(path):
        golden = Golden.read(path / "golden.npz")
        wrong = {name: -array for name, array in golden.float_outputs.items()}
        expected = {
            file: {name: -array for name, array in outputs.items()}
            for file, outputs in golden.expected.items()
        }
        Golden(golden.inputs, wrong, expected).write(path / "golden.npz")

    return edit


def test_check_with_data_sends_the_samples_along(edgeattn, bundle_path, images, tiny, tmp_path):
    labels = tiny.exact(images[:30]).argmax(axis=1)
    np.savez(tmp_path / "mine.npz", x=images[:30], y=labels)
    words = ["--device", "ssh://pi@board", "--no-record", "--json"]
    done = edgeattn("check", bundle_path, "--data", tmp_path / "mine.npz", *words)
    assert done.exit_code == 0, done.output
    assert "accuracy on 30 samples" in json.loads(done.stdout)["verdict"]["reason"]


def test_the_flags_of_bench_reach_the_board(edgeattn, bundle_path, monkeypatch):
    got = {}

    def run_on(connection, deployment, words, timeout_s):
        got.update(words=words, timeout_s=timeout_s)
        raise BadEnvironment("enough")

    monkeypatch.setattr("edgeattn.deploy.remote.run_on", run_on)
    flags = (
        "--precision int8 --threads 2 --warmup 3 --iterations 9 --min-speedup 1.2 --cores big "
        "--sustained 2m --cold-start --per-op --energy --no-memory"
    )
    words = ["--device", "ssh://pi@board", "--no-record"]
    assert edgeattn("bench", bundle_path, *words, *flags.split()).exit_code == 3
    assert got["words"] == [
        "bench", "--threads", "2", "--warmup", "3", "--iterations", "9", "--precision", "int8",
        "--min-speedup", "1.2", "--cores", "big", "--sustained", "2m", "--cold-start", "--per-op",
        "--energy", "--no-memory",
    ]  # fmt: skip
    assert got["timeout_s"] == 3600 + 120


def test_a_run_on_a_board_joins_the_history_under_its_address(edgeattn, bundle_path, monkeypatch):
    kept = []
    monkeypatch.setattr(
        "edgeattn.runs.history.append_run",
        lambda report, command, device: kept.append((report["model"]["name"], command, device)),
    )
    edgeattn("check", bundle_path, "--device", "ssh://pi@board")
    assert kept == [("tiny", "check", "ssh://pi@board")]


def test_dir_and_python_without_a_board_are_what_was_typed(edgeattn, bundle_path):
    for command in ("check", "bench"):
        for words in (["--dir", "x"], ["--python", "x"]):
            done = edgeattn(command, bundle_path, *words)
            assert done.exit_code == 2
            assert "are for a board; name it with --device" in done.stderr


def test_a_time_that_is_none_is_what_was_typed(edgeattn, bundle_path):
    done = edgeattn("bench", bundle_path, "--sustained", "soon")
    assert done.exit_code == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [((), "name a BUNDLE and a DEVICE"), (("--uninstall",), "name the DEVICE to take")],
)
def test_a_deploy_of_nothing_is_what_was_typed(edgeattn, words, said):
    done = edgeattn("deploy", *words)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize("points", ["nan", "inf", "-1"])
def test_a_gate_that_is_no_number_is_refused_before_anything_is_sent(
    edgeattn, home, bundle_path, points
):
    done = edgeattn("deploy", bundle_path, "ssh://pi@board", "--max-drop", points)
    assert done.exit_code == 2
    assert list(home.iterdir()) == []
