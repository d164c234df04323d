import pytest

from edgeattn.trtexec.run import input_file, runs_of
from edgeattn.trtexec.settings import Settings
from edgeattn_runtime import open_bundle
from edgeattn_runtime.errors import BadUsage


def test_int8_runs_beside_float16_and_fp32(make_bundle):
    runs = runs_of(open_bundle(make_bundle()), Settings())
    assert [(run.precision, run.file.precision) for run in runs] == [
        ("fp32", "fp32"), ("fp16", "fp32"), ("int8", "int8")
    ]  # fmt: skip


def test_under_strong_typing_the_fp32_file_is_no_float16_run(make_bundle):
    runs = runs_of(open_bundle(make_bundle()), Settings(tensorrt=11))
    assert [run.precision for run in runs] == ["fp32", "int8"]


def test_the_command_names_everything_relative_to_its_folder(make_bundle):
    (run,) = runs_of(open_bundle(make_bundle()), Settings(), "int8")
    words = run.command(Settings(), ["x"])
    assert words[:3] == ("--onnx=model_int8.tensorrt.onnx", "--int8", "--fp16")
    assert {"--loadInputs=x:x.bin", "--exportTimes=int8.times.json", "--saveEngine=int8.plan"} < {
        *words
    }
    assert not [word for word in words if "/" in word]


def test_static_shapes_are_not_repeated(make_bundle):
    (run,) = runs_of(open_bundle(make_bundle()), Settings(), "int8")
    assert not [word for word in run.command(Settings(), ["x"]) if "hapes" in word]


def test_a_bundle_for_something_else_is_refused(make_bundle):
    with pytest.raises(BadUsage, match=r"no file for TensorRT .* convert MODEL --target tensorrt"):
        runs_of(open_bundle(make_bundle(target=None)), Settings())


def test_a_precision_that_gives_no_run_is_refused(make_bundle):
    with pytest.raises(BadUsage, match="gives no int4 run on TensorRT; it gives fp32, fp16, int8"):
        runs_of(open_bundle(make_bundle()), Settings(), "int4")


def test_an_input_file_has_no_letters_that_a_shell_minds():
    assert input_file("a b;$(c)/d:0") == "a_b___c__d_0.bin"
