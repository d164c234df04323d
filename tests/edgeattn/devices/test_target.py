import pytest

from edgeattn.devices.load import load_profile
from edgeattn.devices.target import resolve_target
from edgeattn_converters.policies import split_targets
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
