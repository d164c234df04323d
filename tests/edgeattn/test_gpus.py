from pathlib import Path

import pytest

from edgeattn import gpus
from edgeattn.gpus import find_accelerators, vulkan_driver

NOTHING = {"installed": lambda module: False, "library": lambda name: None}
ALL = {"installed": lambda module: True, "library": lambda name: f"lib{name}.so.1"}


def by_name(found):
    return {one.name: one for one in found}


def driver(root: Path, name: str) -> None:
    folder = root / "usr/share/vulkan/icd.d"
    folder.mkdir(parents=True)
    (folder / name).write_text("{}")


def test_a_bare_machine_lacks_all_and_says_what_to_do(tmp_path):
    found = find_accelerators(tmp_path, {}, **NOTHING)
    assert [one.name for one in found] == ["webgpu", "litert-gpu", "cuda", "tensorrt"]
    assert not any(one.usable for one in found)
    assert by_name(found)["webgpu"].state == "not installed; pip install onnxruntime-ep-webgpu"
    assert by_name(found)["cuda"].state == by_name(found)["tensorrt"].state == "no NVIDIA GPU"


def test_a_gpu_with_its_driver_is_usable(tmp_path):
    driver(tmp_path, "radeon_icd.x86_64.json")
    found = by_name(find_accelerators(tmp_path, {}, **ALL))
    assert found["webgpu"].usable
    assert found["litert-gpu"].state == "Vulkan driver radeon_icd.x86_64.json"


def test_a_software_driver_is_called_one(tmp_path):
    driver(tmp_path, "lvp_icd.x86_64.json")
    found = by_name(find_accelerators(tmp_path, {}, **ALL))
    assert found["webgpu"].state.endswith("(computes on the CPU)")


def test_a_driver_without_a_loader_is_of_no_use(tmp_path):
    driver(tmp_path, "intel_icd.x86_64.json")
    ways = {**ALL, "library": lambda name: None}
    found = by_name(find_accelerators(tmp_path, {}, **ways))
    assert found["litert-gpu"].state == "no Vulkan loader; apt install libvulkan1"


@pytest.mark.parametrize("device", ["dev/nvidia0", "dev/nvhost-gpu"])
def test_an_nvidia_gpu_is_known_by_its_device(tmp_path, monkeypatch, device):
    (tmp_path / device).parent.mkdir()
    (tmp_path / device).touch()
    monkeypatch.setattr(gpus, "tensorrt_version", lambda: "10.3.0")
    found = by_name(find_accelerators(tmp_path, {}, **ALL))
    assert found["cuda"].state == "an NVIDIA GPU and libcudart.so.1"
    assert found["tensorrt"].state == "TensorRT 10.3.0"


def test_a_jetson_without_its_libraries_is_sent_to_jetpack(tmp_path, monkeypatch):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvhost-gpu").touch()
    monkeypatch.setattr(gpus, "tensorrt_version", lambda: None)
    found = by_name(find_accelerators(tmp_path, {}, **NOTHING))
    assert "JetPack or CUDA's installer brings them" in found["cuda"].state
    assert not found["tensorrt"].usable


def test_a_named_driver_comes_before_the_systems(tmp_path):
    driver(tmp_path, "intel_icd.x86_64.json")
    own = tmp_path / "vk_swiftshader_icd.json"
    own.write_text("{}")
    assert vulkan_driver(tmp_path, {"VK_ICD_FILENAMES": str(own)}) == str(own)
    assert vulkan_driver(tmp_path, {"VK_ICD_FILENAMES": str(tmp_path / "gone.json")}) is None
