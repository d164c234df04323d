import json
import os
import subprocess

import numpy as np
import pytest

from edgeattn.trtexec.folder import read_plan, run_folder, write_folder
from edgeattn.trtexec.run import runs_of
from edgeattn.trtexec.settings import Settings
from edgeattn_runtime import open_bundle
from edgeattn_runtime.errors import BadEnvironment, BadUsage, BrokenBundle


@pytest.fixture
def write(make_bundle, tmp_path):
    """Write the folder of a sound bundle and return it."""

    def do(folder="trt"):
        bundle = open_bundle(make_bundle())
        write_folder(bundle, runs_of(bundle, Settings()), Settings(), tmp_path / folder)
        return tmp_path / folder

    return do


def test_the_folder_holds_all_that_a_board_needs(write):
    assert {path.name for path in write().iterdir()} == {
        "model_fp32.tensorrt.onnx", "model_int8.tensorrt.onnx", "x.bin", "run.sh", "plan.json"
    }  # fmt: skip


def test_the_input_is_the_first_golden_one(write, make_bundle):
    folder = write()
    golden = np.load(folder.parent / "bundle/golden.npz")["input/x"]
    np.testing.assert_array_equal(np.fromfile(folder / "x.bin", "<f4"), golden[0])


def test_the_script_runs_where_it_lies(write, trtexec):
    folder = write()
    run_folder(folder)
    assert (folder / "int8.plan").is_file()
    assert "&&&& PASSED" in (folder / "fp16.log").read_text()


def test_without_trtexec_the_folder_is_to_be_carried(write, no_trtexec):
    with pytest.raises(BadEnvironment, match=r"there is no trtexec here, .* copy .* to the Jetson"):
        run_folder(write())


def test_a_failed_build_is_told_in_its_own_words(write, trtexec, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "1")
    with pytest.raises(
        BadEnvironment, match=r"ended with 1: .* \[E\] Error\[4\]: .* not supported"
    ):
        run_folder(write())


def test_the_script_says_why_it_ends(write):
    done = subprocess.run(
        ["sh", write() / "run.sh"], env={"PATH": os.defpath, "TRTEXEC": "/no/trtexec"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "/no/trtexec" in done.stderr


def test_the_bundle_itself_is_no_place_for_it(make_bundle):
    bundle = open_bundle(make_bundle())
    with pytest.raises(BadUsage, match="is the bundle itself"):
        write_folder(bundle, runs_of(bundle, Settings()), Settings(), bundle.path)


def test_a_folder_with_other_files_is_left_alone(make_bundle, tmp_path):
    bundle, folder = open_bundle(make_bundle()), tmp_path / "thesis"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(BadUsage, match=r"holds other files, .* give --out a new folder"):
        write_folder(bundle, runs_of(bundle, Settings()), Settings(), folder)
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_a_folder_of_ours_is_written_again(make_bundle, tmp_path):
    bundle, folder = open_bundle(make_bundle()), tmp_path / "trt"
    for _ in range(2):
        script = write_folder(bundle, runs_of(bundle, Settings()), Settings(), folder)
    assert script.parent == folder


def test_an_altered_file_is_not_carried(make_bundle, tmp_path):
    path = make_bundle()
    model = path / "model_int8.tensorrt.onnx"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    bundle = open_bundle(path)
    with pytest.raises(BrokenBundle, match=r"model_int8.tensorrt.onnx has sha256"):
        write_folder(bundle, runs_of(bundle, Settings()), Settings(), tmp_path / "trt")


def test_a_place_that_cannot_be_written_is_told(make_bundle, tmp_path):
    bundle = open_bundle(make_bundle())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadEnvironment, match=r"cannot write .*; give another --out"):
        write_folder(bundle, runs_of(bundle, Settings()), Settings(), tmp_path / "file" / "trt")


@pytest.mark.parametrize("plan", [None, "{", "[]", json.dumps({"schema_version": 2, "files": {}})])
def test_another_folder_is_refused(tmp_path, plan):
    if plan is not None:
        (tmp_path / "plan.json").write_text(plan)
    with pytest.raises(BadUsage, match=r"no readable plan.json"):
        read_plan(tmp_path)
