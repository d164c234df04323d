"""Providers: where a model can run besides the CPU, one per file, each with checked options.

--engine webgpu    --engine tensorrt:fp16=yes,cache=trt
"""

from __future__ import annotations

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.providers.cpu import Cpu, Xnnpack
from edgeattn_runtime.providers.cuda import Cuda
from edgeattn_runtime.providers.litert_gpu import LitertGpu
from edgeattn_runtime.providers.provider import Provider
from edgeattn_runtime.providers.tensorrt import TensorRt
from edgeattn_runtime.providers.webgpu import WebGpu

__all__ = [
    "ACCELERATORS", "Cpu", "Cuda", "LitertGpu", "Provider", "TensorRt", "WebGpu", "Xnnpack",
    "accelerator", "is_accelerator",
]  # fmt: skip

ACCELERATORS: dict[str, type[Provider]] = {
    provider.name: provider for provider in (WebGpu, LitertGpu, Cuda, TensorRt)
}


def is_accelerator(engine: str | None) -> bool:
    """Tell whether an `--engine` names an accelerator, whatever its options.

    >>> is_accelerator("webgpu:software=yes"), is_accelerator("onnxruntime")
    (True, False)
    """
    return engine is not None and engine.partition(":")[0] in ACCELERATORS


def accelerator(engine: str) -> Provider:
    """Return the provider for "webgpu", or for "tensorrt:fp16=yes,cache=trt".

    Raises:
        BadUsage: No accelerator of this name, or an option it does not have.
    """
    name, _, options = engine.partition(":")
    if name not in ACCELERATORS:
        raise BadUsage(f"there is no accelerator {name!r}; choose one of {', '.join(ACCELERATORS)}")
    return ACCELERATORS[name].read(options)
