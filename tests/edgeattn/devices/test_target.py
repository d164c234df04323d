import numpy as np
import pytest
import torch
from torch import nn

from edgeattn.conversion import convert
from edgeattn.devices.load import load_profile
from edgeattn.devices.target import resolve_target
from edgeattn.linting import policies_of
from edgeattn_converters import verify
from edgeattn_converters.policies import split_targets
from edgeattn_runtime import machine
from edgeattn_runtime.bundle import open_bundle
from edgeattn_runtime.errors import BadInput, BadUsage
from tests.edgeattn.devices.boards import BOARD


@pytest.mark.parametrize(
    ("device", "cpu_class", "elsewhere"),
    [
        ("raspberry-pi-4", "arm64", []),
        ("raspberry-pi-5", "arm64-dotprod", []),
        ("jetson-orin-nano", "arm64-dotprod", ["tensorrt"]),
        ("jetson-agx-orin", "arm64-dotprod", ["tensorrt"]),
        ("jetson-nano", "arm64", []),
        ("pixel-8", "arm64-dotprod", ["litert-gpu"]),
        ("galaxy-s24", "arm64-dotprod", ["litert-gpu", "qnn"]),
    ],
)
def test_a_device_stands_for_its_class_and_the_policies_of_its_accelerators(
    device, cpu_class, elsewhere
):
    resolved = resolve_target(device)
    assert resolved == ",".join([cpu_class, *elsewhere])
    here, others = split_targets(resolved)
    assert here["onnx"].name == "onnxruntime-arm"
    assert here["tflite"].name == "litert-xnnpack"
    assert [policy.name for policy in others] == elsewhere


def test_the_cpu_of_a_pixel_8_has_i8mm_and_that_of_a_raspberry_pi_5_has_not():
    assert "i8mm" in load_profile("pixel-8").features
    assert "i8mm" not in load_profile("raspberry-pi-5").features


@pytest.mark.parametrize("typed", ["x86-vnni", "arm64", "tensorrt", "arm64,tensorrt", None])
def test_classes_of_cpu_and_policies_stay_as_they_were_typed(typed):
    assert resolve_target(typed) == typed


def test_names_of_all_kinds_mix_and_count_once():
    assert resolve_target("pi5, jetson-orin ,qnn") == "arm64-dotprod,tensorrt,qnn"


def test_a_file_of_the_user_is_a_target(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text(BOARD)
    assert resolve_target(str(path)) == "arm64"


@pytest.mark.parametrize(
    ("typed", "near"),
    [("raspbery-pi-5", "raspberry-pi-5"), ("amr64", "arm64"), ("tensort", "tensorrt")],
)
def test_a_name_nobody_knows_gets_the_nearest_of_all_kinds(typed, near):
    with pytest.raises(BadUsage, match=f"there is no target '{typed}'; did you mean .*{near}"):
        resolve_target(typed)


def test_a_profile_that_names_a_policy_nobody_has_is_refused(tmp_path):
    path = tmp_path / "board.toml"
    path.write_text(BOARD.replace('["arm64"]', '["arm64", "tensort"]'))
    with pytest.raises(
        BadUsage, match="my-board names the target 'tensort'; did you mean tensorrt"
    ):
        resolve_target(str(path))


def test_a_profile_that_is_not_there_is_an_input_at_fault():
    with pytest.raises(BadInput, match="there is no file"):
        resolve_target("none.toml")


def test_lint_looks_for_every_policy_of_a_device():
    names = [policy.name for policy in policies_of("jetson-orin-nano")]
    assert names == ["onnxruntime-arm", "litert-xnnpack", "tensorrt"]


def test_a_bundle_for_a_board_reads_unmeasured_there(tmp_path, monkeypatch):
    for name, value in {"WARMUP": 1, "ITERATIONS": 5, "BUDGET_S": 0.5}.items():
        monkeypatch.setattr(verify, name, value)
    monkeypatch.setattr(verify, "peak_rss_mb", lambda path, threads: 1.0)
    monkeypatch.setattr(machine, "cpu_class", lambda *_: "x86-vnni")
    x = np.random.default_rng(0).normal(size=(16, 8)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x)
    made = convert(
        nn.Linear(8, 3).eval(), torch.zeros(1, 8), out=tmp_path / "b", formats="onnx",
        calib=tmp_path / "data.npz", target="raspberry-pi-5",
    )  # fmt: skip
    assert "made for arm64-dotprod" in made.report["verdict"]["reason"]
    assert "unmeasured" in made.report["verdict"]["reason"]
    assert open_bundle(tmp_path / "b").manifest.target == "arm64-dotprod"
