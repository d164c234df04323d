from dataclasses import replace

import pytest

from edgeattn.deploy.choice import can_run, choose_engine, files_for
from edgeattn_runtime.bundle import Bundle, open_bundle
from edgeattn_runtime.errors import BadEnvironment, BadInput, BadUsage
from tests.edgeattn.deploy.facts import board, python


@pytest.fixture
def bundle(bundle_path):
    return open_bundle(bundle_path)


def only(bundle: Bundle, **changes) -> Bundle:
    """The bundle with other facts about its files, or with fewer."""
    format = changes.pop("format", None)
    files = tuple(
        replace(file, **changes) for file in bundle.manifest.files if format in (None, file.format)
    )
    kept = {
        name: one for name, one in bundle.manifest.recommended.items() if format in (None, name)
    }
    return replace(bundle, manifest=replace(bundle.manifest, files=files, recommended=kept))


def test_a_bare_board_gets_litert_and_numpy(bundle):
    choice = choose_engine(bundle, board())
    assert choice.requirements == ("ai-edge-litert==2.3.0", "numpy==2.4.6")
    assert [file.name for file in choice.files] == ["model_fp32.tflite", "model_int8.tflite"]


def test_an_engine_that_the_board_has_wins(bundle):
    own = python(engines={"onnxruntime": "1.18.0"}, numpy="1.26.1")
    choice = choose_engine(bundle, board(own))
    assert (choice.engine, choice.version, choice.requirements) == ("onnxruntime", "1.18.0", ())
    assert "is on the board already (/usr/bin/python3)" in choice.reason


def test_an_engine_in_a_second_interpreter_is_found(bundle):
    own = python(path="/opt/venv/bin/python", engines={"onnxruntime": "1.18.0"}, numpy="1.26.1")
    assert choose_engine(bundle, board(python(), own)).python == own


def test_the_engine_that_is_asked_for_is_taken(bundle):
    assert choose_engine(bundle, board(), "onnx").engine == "onnxruntime"
    assert choose_engine(bundle, board(), "onnxruntime").engine == "onnxruntime"
    assert choose_engine(bundle, board(), "tflite-runtime").engine == "tflite-runtime"


def test_an_engine_nobody_knows_is_what_was_typed(bundle):
    with pytest.raises(BadUsage, match="there is no engine 'tvm'; choose one of onnx, tflite"):
        choose_engine(bundle, board(), "tvm")


def test_an_engine_that_the_bundle_has_no_file_for_is_the_bundle_s_fault(bundle):
    with pytest.raises(BadInput, match=r"no file for tflite \(it has model_fp32.onnx"):
        choose_engine(only(bundle, format="onnx"), board(), "tflite")


def test_a_bundle_made_for_another_engine_is_refused(bundle):
    made = only(bundle, format="onnx", target="tensorrt")
    with pytest.raises(BadInput, match="are made for tensorrt") as fault:
        choose_engine(made, board())
    assert fault.value.exit_code == 3


def test_an_accelerator_gets_the_files_made_for_it_and_the_board_s_engine(bundle):
    made = only(bundle, format="onnx", target="tensorrt")
    own = python(engines={"onnxruntime": "1.18.0"}, numpy="1.26.1")
    choice = choose_engine(made, board(own), "tensorrt:fp16=yes")
    assert (choice.engine, choice.run_as) == ("onnxruntime", "tensorrt:fp16=yes")
    assert len(choice.files) == 2


def test_files_for_a_cpu_are_none_made_for_an_accelerator(bundle):
    assert files_for(only(bundle, target="litert-gpu"), "ai-edge-litert") == ()
    assert len(files_for(bundle, "ai-edge-litert")) == 2


def test_a_32_bit_board_with_debian_s_numpy_gets_tflite_runtime(bundle):
    one = python(bits=32, numpy="1.24.2")
    choice = choose_engine(bundle, board(one, machine="armv7l"))
    assert choice.requirements == ("tflite-runtime==2.14.0",)


@pytest.mark.parametrize(("numpy", "has"), [(None, "no NumPy"), ("2.1.0", "NumPy 2.1.0")])
def test_a_32_bit_board_without_a_numpy_below_2_is_told_to_get_one(bundle, numpy, has):
    one = python(bits=32, numpy=numpy)
    with pytest.raises(BadEnvironment, match=f"{has}: `sudo apt install python3-numpy`"):
        choose_engine(bundle, board(one, machine="armv7l"))


def test_a_board_for_which_there_is_no_wheel_is_told_why(bundle):
    facts = board(python(glibc=None), machine="riscv64")
    with pytest.raises(BadEnvironment, match=r"installs on Raspberry Pi 4.*no wheel for riscv64"):
        choose_engine(bundle, facts)
    with pytest.raises(BadEnvironment, match=r"3.11 to 3.14|3.8 to 3.14"):
        choose_engine(bundle, board(python((3, 15, 0))), "onnx")


@pytest.mark.parametrize(
    ("run_as", "answer"),
    [("onnxruntime", True), ("webgpu", True), ("tensorrt:fp16=yes", True),
     ("ai-edge-litert", False), ("webgpu:nonsense=1", False), ("tvm", False)],
)  # fmt: skip
def test_what_a_bundle_without_tflite_files_can_run(bundle, run_as, answer):
    assert can_run(only(bundle, format="onnx"), run_as) is answer
