"""Deploying onto a scratch board: a real shell, Python and engines, and a small real bundle."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from edgeattn.deploy.connection import Completed
from edgeattn.deploy.deployment import deploy
from edgeattn.deploy.fake import FakeConnection
from edgeattn.deploy.on_board.folder import locked
from edgeattn.deploy.remote import run_on
from edgeattn.deploy.uninstall import uninstall
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadEnvironment, BrokenBundle
from tests.edgeattn.deploy.conftest import board_of


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


def placed(home: Path) -> Path:
    """The release that the link leads to."""
    return (home / ".edgeattn/bundles/tiny").resolve()


def test_a_deploy_ships_one_engine_s_files_the_samples_and_the_runtime(board, home, bundle):
    deployed = deploy(bundle, board)
    assert {path.name for path in placed(home).iterdir()} == {
        "manifest.json", "golden.npz", "eval.npz", "model_fp32.tflite", "model_int8.tflite",
        "edgeattn.pyz", "edgeattn", "deployed.json",
    }  # fmt: skip
    assert deployed.release == str(placed(home))
    assert deployed.choice.engine == "ai-edge-litert"


def test_a_deploy_and_its_check_take_three_round_trips(board, bundle):
    report = run_on(board, deploy(bundle, board), ["check"])
    assert report.verdict.passed
    assert {candidate.file for candidate in report.candidates} == {
        "model_fp32.tflite", "model_int8.tflite",
    }  # fmt: skip
    assert board.traffic.round_trips == 3


def test_a_second_deploy_moves_nothing(board, home, programs, bundle):
    first = deploy(bundle, board)
    before = sorted((path, path.lstat().st_mtime_ns) for path in (home / ".edgeattn").rglob("*"))
    with board_of(home, programs) as again:
        second = deploy(bundle, again)
        assert again.traffic.round_trips == 1
    after = sorted((path, path.lstat().st_mtime_ns) for path in (home / ".edgeattn").rglob("*"))
    assert (second.moved_bytes, second.release, after) == (0, first.release, before)
    assert first.moved_bytes == sum(
        (Path(first.release) / name).stat().st_size
        for name in json.loads((Path(first.release) / "deployed.json").read_bytes())["files"]
    )


def test_only_what_changed_is_sent(board, home, make_bundle):
    deploy(open_bundle(make_bundle("one")), board)
    changed = make_bundle("two", labels=("a", "b", "c", "d"))
    deployed = deploy(open_bundle(changed), board)
    assert deployed.moved_bytes == (changed / "manifest.json").stat().st_size
    assert json.loads((placed(home) / "manifest.json").read_bytes())["labels"] == [*"abcd"]
    assert len(list((home / ".edgeattn/releases").iterdir())) == 2  # a run of the first may go on


def test_older_releases_than_the_last_are_removed(board, home, make_bundle):
    for number in range(4):
        bundle = make_bundle(str(number), labels=(*"abc", str(number)))
        deploy(open_bundle(bundle), board)
    assert len(list((home / ".edgeattn/releases").iterdir())) == 2


def test_a_file_altered_on_the_board_is_replaced(board, home, bundle):
    deploy(bundle, board)
    altered = placed(home) / "model_int8.tflite"
    right = altered.read_bytes()
    altered.write_bytes(right[:-1] + b"x")
    deployed = deploy(bundle, board)
    assert (placed(home) / "model_int8.tflite").read_bytes() == right
    assert deployed.moved_bytes == len(right)


def test_a_script_altered_on_the_board_is_written_again(board, home, bundle):
    deploy(bundle, board)
    script = placed(home) / "edgeattn"
    script.write_text("#!/bin/sh\nexit 0\n")
    assert deploy(bundle, board).moved_bytes == 0
    assert "edgeattn.pyz" in (placed(home) / "edgeattn").read_text()
    assert run_on(board, deploy(bundle, board), ["check"]).verdict.passed


def test_a_bundle_without_golden_outputs_leaves_the_last_good_one_alone(board, home, make_bundle):
    good = deploy(open_bundle(make_bundle()), board).release
    broken = make_bundle("broken")
    (broken / "golden.npz").unlink()
    with pytest.raises(BrokenBundle, match=r"golden\.npz is missing .* nothing was sent"):
        deploy(open_bundle(broken), board)
    assert str(placed(home)) == good


def test_a_model_file_that_is_missing_here_is_told(board, bundle_path):
    (bundle_path / "model_int8.tflite").unlink()
    (warning,) = deploy(open_bundle(bundle_path), board).warnings
    assert warning.startswith("model_int8.tflite is in the manifest and not in the bundle here")


def test_two_bundles_lie_side_by_side_and_share_what_is_equal(board, home, make_bundle):
    deploy(open_bundle(make_bundle("one")), board)
    other = make_bundle("two", name="other")
    deployed = deploy(open_bundle(other), board)
    assert deployed.moved_bytes == (other / "manifest.json").stat().st_size
    assert {path.name for path in (home / ".edgeattn/bundles").iterdir()} == {"tiny", "other"}
    models = [
        (home / f".edgeattn/bundles/{name}/edgeattn.pyz").stat() for name in ("tiny", "other")
    ]
    assert models[0].st_ino == models[1].st_ino


def test_a_line_cut_in_the_middle_of_a_copy_goes_on_where_it_stopped(home, programs, bundle):
    cut = FakeConnection(board_of(home, programs), cut={2: 60_000})
    with pytest.raises(BadEnvironment, match="run the same command again"):
        deploy(bundle, cut)
    came = sum(path.stat().st_size for path in (home / ".edgeattn/incoming").iterdir())
    assert came > 40_000
    assert not (home / ".edgeattn/bundles").exists()
    with board_of(home, programs) as again:
        deployed = deploy(bundle, again)
        assert run_on(again, deployed, ["check"]).verdict.passed
    whole = sum(path.stat().st_size for path in placed(home).iterdir())
    assert deployed.moved_bytes < whole - came
    assert not (home / ".edgeattn/incoming").exists()


@pytest.mark.parametrize("place", [5_000, 9_000, 40_000, 100_000])
def test_the_last_good_bundle_keeps_working_wherever_the_line_is_cut(
    home, programs, make_bundle, place
):
    good = open_bundle(make_bundle("good"))
    with board_of(home, programs) as board:
        deploy(good, board, engine="tflite")
    before = placed(home)
    cut = FakeConnection(board_of(home, programs), cut={2: place})
    with pytest.raises(BadEnvironment, match="dropped"):
        deploy(good, cut, engine="onnx")
    # So few bytes hold the whole of it: where nothing is missing, the flip is as good as the rest.
    assert placed(home) == before or (placed(home) / "model_int8.onnx").exists()
    done = board_of(home, programs).run(f"{placed(home)}/edgeattn check {placed(home)} --quiet")
    assert done.code == 0, done.stderr


def test_content_damaged_on_the_way_is_refused_and_sent_anew(home, programs, bundle):
    (home / ".edgeattn/incoming").mkdir(parents=True)
    (home / ".edgeattn/edgeattn.json").write_text("{}")
    digest = bundle.choose("fp32", "tflite").sha256
    (home / f".edgeattn/incoming/{digest}.part").write_bytes(b"not what it began with")
    with pytest.raises(BadEnvironment, match="another checksum"):
        deploy(bundle, board_of(home, programs))
    assert deploy(bundle, board_of(home, programs)).moved_bytes > 0
    assert placed(home).is_dir()


def test_two_deploys_at_once_do_not_mix(home, programs, bundle, monkeypatch):
    folder = home / ".edgeattn"
    deploy(bundle, board_of(home, programs), engine="onnx")
    before = placed(home)
    with locked(str(folder)):
        started = time.monotonic()
        with pytest.raises(BadEnvironment, match=f"another deploy .process {os.getpid()} there"):
            deploy(bundle, board_of(home, programs), engine="tflite")
        assert time.monotonic() - started > 4  # it waited for the other one to end
    assert placed(home) == before
    deploy(bundle, board_of(home, programs), engine="tflite")
    assert placed(home) != before


def test_deploys_that_race_leave_one_whole_release(home, programs, bundle):
    faults = []

    def one(engine):
        try:
            deploy(bundle, board_of(home, programs), engine=engine)
        except BadEnvironment as fault:  # the loser may find what it counted on already removed
            faults.append(fault)

    threads = [threading.Thread(target=one, args=(engine,)) for engine in ("onnx", "tflite")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(faults) < 2
    done = board_of(home, programs).run(f"{placed(home)}/edgeattn check {placed(home)} --quiet")
    assert done.code == 0, done.stderr


def test_a_lock_whose_owner_died_is_no_obstacle(home, programs, bundle):
    deploy(bundle, board_of(home, programs))
    (home / ".edgeattn/lock").write_text("99999999\n")
    assert deploy(bundle, board_of(home, programs), engine="onnx").moved_bytes > 0


def test_a_folder_with_other_files_is_left_alone(board, home, bundle):
    (home / "mine").mkdir()
    (home / "mine/thesis.txt").write_text("precious")
    with pytest.raises(BadEnvironment, match="not edgeattn's"):
        deploy(bundle, board, folder="mine")
    assert [path.name for path in (home / "mine").iterdir()] == ["thesis.txt"]


def test_a_folder_may_have_blanks_and_quotes(board, home, bundle):
    deployed = deploy(bundle, board, folder="~/it's $HOME here")
    assert deployed.release.startswith(f"{home}/it's $HOME here/releases/tiny-")
    assert run_on(board, deployed, ["check"]).verdict.passed


def test_a_read_only_home_is_one_sentence(board, bundle):
    with pytest.raises(BadEnvironment, match="does not let anything be written at /proc/edgeattn"):
        deploy(bundle, board, folder="/proc/edgeattn")


def told(home: Path, programs: Path, **changes: object) -> FakeConnection:
    """A board whose probe says something else than the truth."""
    done = board_of(home, programs)

    class Liar:
        def run(self, command, **options):
            answer = done.run(command, **options)
            lines = answer.text.splitlines()
            for i, line in enumerate(lines):
                if line.startswith("edgeattn-board "):
                    facts = {**json.loads(line.partition(" ")[2]), **changes}
                    lines[i] = "edgeattn-board " + json.dumps(facts)
            return Completed(answer.code, "\n".join(lines).encode(), answer.stderr)

    return FakeConnection(Liar())


def test_a_full_disk_is_found_before_anything_is_sent(home, programs, bundle):
    board = told(home, programs, free_bytes=50_000)
    with pytest.raises(BadEnvironment, match=r"has 0.1 MB free at .*, deploying needs 1.2 MB"):
        deploy(bundle, board)
    assert (len(board.commands), list(home.iterdir())) == (1, [])


def test_a_clock_in_1970_is_no_obstacle_and_the_report_is_dated_here(home, programs, bundle):
    board = told(home, programs, clock=12.0)
    deployed = deploy(bundle, board)
    assert deployed.warnings == (
        "the board's clock says 1970-01-01; reports from it are dated by this computer's clock",
    )
    year = time.strftime("%Y", time.gmtime())
    assert run_on(board, deployed, ["check"]).created.startswith(year)


def test_an_altered_bundle_is_refused_before_anything_is_sent(board, home, bundle_path):
    model = bundle_path / "model_int8.tflite"
    bundle = open_bundle(bundle_path)
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    with pytest.raises(Exception, match="nothing was sent"):
        deploy(bundle, board)
    assert list(home.iterdir()) == []


def test_data_of_the_user_s_own_goes_along(board, bundle, bundle_path):
    deployed = deploy(bundle, board, data=(bundle_path / "eval.npz").read_bytes())
    report = run_on(board, deployed, ["check", "--data", f"{deployed.release}/data.npz"])
    assert report.verdict.passed
    assert "accuracy on 40 samples" in report.verdict.reason


def test_the_script_on_the_board_runs_the_bundle_without_us(board, home, bundle):
    deploy(bundle, board)
    done = board.run(".edgeattn/bundles/tiny/edgeattn info .edgeattn/bundles/tiny")
    assert done.code == 0, done.stderr
    assert "tiny, classification" in done.text


def test_the_engine_and_the_interpreter_that_were_chosen_stay_chosen(board, home, programs, bundle):
    (home / "venv").mkdir()
    (home / "venv/python").write_bytes((programs / "python3").read_bytes())
    (home / "venv/python").chmod(0o755)
    first = deploy(bundle, board, engine="onnx", python="~/venv/python")
    again = deploy(bundle, board)
    assert (again.moved_bytes, again.release) == (0, first.release)
    assert again.choice.python.path == f"{home}/venv/python"
    (home / "venv/python").unlink()
    moved = deploy(bundle, board)
    assert moved.choice.python.path == f"{programs}/python3"
    assert (moved.choice.engine, moved.moved_bytes) == ("onnxruntime", 0)


def test_auto_chooses_anew(board, home, bundle):
    deploy(bundle, board, engine="onnx")
    assert deploy(bundle, board).choice.engine == "onnxruntime"
    assert deploy(bundle, board, engine="auto").choice.engine == "ai-edge-litert"
    assert deploy(bundle, board).choice.engine == "ai-edge-litert"


def test_a_bundle_without_files_for_the_engine_before_gets_another(board, home, make_bundle):
    deploy(open_bundle(make_bundle("one")), board, engine="onnx")
    other = make_bundle("two")
    for name in ("model_fp32.onnx", "model_int8.onnx"):
        (other / name).unlink()
    assert deploy(open_bundle(other), board).choice.engine == "ai-edge-litert"


def test_what_is_being_done_is_told(board, bundle):
    said = []
    deploy(bundle, board, progress=said.append)
    assert said[0] == "asking this machine what it is"
    assert said[-1].startswith("sending 0.")


def test_uninstall_leaves_the_home_as_it_was(board, home, bundle):
    deployed = deploy(bundle, board)
    run_on(board, deployed, ["check"])
    run_on(board, deployed, ["bench", "--iterations", "3", "--warmup", "0"])
    folder, size = uninstall(board)
    assert folder == f"{home}/.edgeattn"
    assert size > deployed.moved_bytes
    assert list(home.iterdir()) == []
