"""Which accelerators this machine could use, and what each still lacks; nothing is loaded."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from ctypes.util import find_library
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from edgeattn_runtime.placement import DRIVER_VARIABLES, software_driver
from edgeattn_runtime.providers.engine_cache import tensorrt_version

# Where Vulkan drivers describe themselves. Source: Vulkan loader, LoaderDriverInterface.md
DRIVERS = ("usr/share/vulkan/icd.d", "etc/vulkan/icd.d", "usr/local/share/vulkan/icd.d")
TRTEXEC = "usr/src/tensorrt/bin/trtexec"  # where JetPack puts it

# What of an engine must import for an accelerator, and the command that brings it.
MODULES = {
    "webgpu": ("onnxruntime_ep_webgpu", "pip install onnxruntime-ep-webgpu"),
    "litert-gpu": ("ai_edge_litert", "pip install ai-edge-litert"),
}


@dataclass(frozen=True)
class Accelerator:
    """One accelerator as `--engine` names it.

    Attributes:
        name: "webgpu", "litert-gpu", "cuda" or "tensorrt".
        usable: Whether nothing is known to be missing; `check --engine` alone proves it.
        state: What is there, or what is missing and how to get it.
    """

    name: str
    usable: bool
    state: str


def find_accelerators(
    root: Path = Path("/"),
    environment: Mapping[str, str] = os.environ,
    installed: Callable[[str], bool] = lambda module: util.find_spec(module) is not None,
    library: Callable[[str], str | None] = find_library,
) -> tuple[Accelerator, ...]:
    """Return what each accelerator has and lacks on this machine.

    Args:
        root: Where /usr and /dev lie.
        environment: Variables; VK_ICD_FILENAMES names a driver of one's own.
        installed: Tells whether a module can be imported.
        library: Finds a shared library by its name.
    """
    driver = vulkan_driver(root, environment)
    found = [_on_vulkan(name, driver, environment, installed, library) for name in MODULES]
    nvidia = any((root / device).exists() for device in ("dev/nvidia0", "dev/nvhost-gpu"))
    cuda = library("cudart")
    if not nvidia:
        missing = "no NVIDIA GPU"
    elif cuda is None:
        missing = "no CUDA libraries; JetPack or CUDA's installer brings them"
    else:
        missing = ""
    found.append(Accelerator("cuda", not missing, missing or f"an NVIDIA GPU and {cuda}"))
    version = tensorrt_version() if nvidia else None
    trtexec = root / TRTEXEC
    if version is None and not trtexec.exists():
        missing = missing or "no TensorRT; JetPack brings it"
        found.append(Accelerator("tensorrt", False, missing))
    else:
        found.append(Accelerator("tensorrt", True, f"TensorRT {version or 'with trtexec'}"))
    return tuple(found)


def vulkan_driver(root: Path, environment: Mapping[str, str]) -> str | None:
    """Return the file that describes the Vulkan driver a program would take; None without one."""
    for variable in DRIVER_VARIABLES:
        for name in filter(None, environment.get(variable, "").split(os.pathsep)):
            return name if Path(name).is_file() else None  # named and absent: none is taken
    for folder in DRIVERS:
        for path in sorted((root / folder).glob("*.json")):
            return str(path)
    return None


def _on_vulkan(
    name: str,
    driver: str | None,
    environment: Mapping[str, str],
    installed: Callable[[str], bool],
    library: Callable[[str], str | None],
) -> Accelerator:
    module, command = MODULES[name]
    if not installed(module):
        return Accelerator(name, False, f"not installed; {command}")
    if driver is None:
        return Accelerator(name, False, "no Vulkan driver; install the GPU's own")
    beside = Path(driver).with_name("libvulkan.so.1")
    if library("vulkan") is None and not beside.is_file():
        return Accelerator(name, False, "no Vulkan loader; apt install libvulkan1")
    software = " (computes on the CPU)" if software_driver({DRIVER_VARIABLES[0]: driver}) else ""
    return Accelerator(name, True, f"Vulkan driver {Path(driver).name}{software}")
