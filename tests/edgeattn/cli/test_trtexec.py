import json

import pytest

from tests.edgeattn.trtexec.conftest import make_bundle, trtexec  # noqa: F401  (fixtures)


@pytest.fixture
def bundle(make_bundle):  # noqa: F811
    return make_bundle()


def test_the_commands_are_printed_and_the_folder_is_written(edgeattn, bundle, tmp_path):
    done = edgeattn("trtexec", bundle, "--out", tmp_path / "trt")
    assert done.exit_code == 0
    assert "trtexec --onnx=model_int8.tensorrt.onnx --int8 --fp16" in done.output
    assert (tmp_path / "trt/run.sh").is_file()


def test_the_folder_lies_beside_the_bundle_unless_told_otherwise(edgeattn, bundle):
    found = json.loads(edgeattn("trtexec", bundle, "--json", "--precision", "int8").output)
    assert found["folder"] == f"{bundle}-trtexec"
    assert [command[0] for command in found["commands"]] == ["trtexec"]


def test_what_is_printed_can_be_typed(edgeattn, bundle, tmp_path):
    done = edgeattn("trtexec", bundle, "--out", tmp_path / "my trt")
    assert f"--read '{tmp_path}/my trt'" in done.output


def test_run_measures_and_read_reads_it_again(edgeattn, bundle, trtexec):  # noqa: F811
    ran = json.loads(edgeattn("trtexec", bundle, "--run", "--json").stdout)
    read = json.loads(edgeattn("trtexec", bundle, "--read", f"{bundle}-trtexec", "--json").stdout)
    assert ran["candidates"] == read["candidates"]
    assert read["verdict"]["winner"] == "model_int8.tensorrt.onnx"


def test_a_wrong_answer_exits_with_1(edgeattn, bundle, trtexec, monkeypatch):  # noqa: F811
    monkeypatch.setenv("FAKE_FACTOR", "2")
    assert edgeattn("trtexec", bundle, "--run").exit_code == 1


def test_run_and_read_exclude_each_other(edgeattn, bundle, tmp_path):
    done = edgeattn("trtexec", bundle, "--run", "--read", tmp_path)
    assert done.exit_code == 2
    assert "give one of them" in done.output


def test_a_version_nobody_knows_is_what_was_typed_wrong(edgeattn, bundle):
    assert edgeattn("trtexec", bundle, "--tensorrt", "7").exit_code == 2
