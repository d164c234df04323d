"""ONNX Runtime's WebGPU provider: any GPU with Vulkan, Metal or Direct3D 12.

It comes as a plugin beside onnxruntime 1.24.4 or later (onnxruntime-ep-webgpu), or inside a build
of its own (onnxruntime-webgpu), which cannot live in one environment with onnxruntime.

The plugin offers itself only where the system shows a GPU. A software driver, such as SwiftShader,
is taken only when $ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER is 1: `software` sets it, and so does
naming such a driver in $VK_ICD_FILENAMES.

Sources: onnxruntime.ai, WebGPU Execution Provider; the option names and the variable are those in
libonnxruntime_providers_webgpu 0.4.0.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar

from edgeattn_runtime.placement import software_driver
from edgeattn_runtime.providers.provider import Provider, option

SOFTWARE = "ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER"
PREFIX = "ep.webgpuexecutionprovider."


@dataclass(frozen=True)
class WebGpu(Provider):
    """WebGPU through ONNX Runtime; arithmetic is float, so int8 files hold int8 weights only."""

    software: bool = option(False, "", "take a software driver when there is no GPU")
    power: str | None = option(
        None, "powerPreference", "which GPU of two", choices=("high-performance", "low-power")
    )
    validation: str | None = option(
        None, "validationMode", "checks of the GPU code",
        choices=("disabled", "wgpuOnly", "basic", "full"),
    )  # fmt: skip
    layout: str | None = option(
        None, "preferredLayout", "of convolutions", choices=("NCHW", "NHWC")
    )
    graph_capture: bool = option(False, "enableGraphCapture", "record the work once, replay it")

    name: ClassVar[str] = "webgpu"
    engine: ClassVar[str] = "onnxruntime"
    format: ClassVar[str] = "onnx"
    requested: ClassVar[str] = "WebGpuExecutionProvider"
    target: ClassVar[str | None] = "onnxruntime-webgpu"
    package: ClassVar[str] = 'pip install "onnxruntime>=1.24.4" onnxruntime-ep-webgpu'

    def prepare(self) -> None:
        """Allow a software driver; the plugin reads the variable when it is registered."""
        if self.software or software_driver():
            os.environ[SOFTWARE] = "1"
