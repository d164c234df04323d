"""ONNX Runtime's CUDA provider: NVIDIA GPUs, Jetson among them. It has no int8 kernels.

Source: onnxruntime.ai, CUDA Execution Provider, "Configuration Options".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgeattn_runtime.providers.provider import Provider, option


@dataclass(frozen=True)
class Cuda(Provider):
    """CUDA through ONNX Runtime; runs the fp32 file, in TF32 unless that is switched off."""

    device: int = option(0, "device_id", "which GPU", within=(0, 63))
    memory_mb: int | None = option(
        None, "", "limit of its memory in 2^20 bytes", within=(16, 1 << 20)
    )
    convolutions: str | None = option(
        None, "cudnn_conv_algo_search", "how cuDNN chooses an algorithm",
        choices=("EXHAUSTIVE", "HEURISTIC", "DEFAULT"),
    )  # fmt: skip
    channels_last: bool = option(False, "prefer_nhwc", "convolutions in NHWC")
    cuda_graph: bool = option(False, "enable_cuda_graph", "record the work once, replay it")
    full_float32: bool = option(False, "", "no TF32: 24 bits of mantissa instead of 11")

    name: ClassVar[str] = "cuda"
    engine: ClassVar[str] = "onnxruntime"
    format: ClassVar[str] = "onnx"
    requested: ClassVar[str] = "CUDAExecutionProvider"
    package: ClassVar[str] = (
        "pip install onnxruntime-gpu (on a Jetson: the wheel for its JetPack; remove onnxruntime "
        "first)"
    )

    def engine_options(self) -> dict[str, str]:
        """Return the options as ONNX Runtime takes them: memory in bytes, TF32 by its own name."""
        options = super().engine_options()
        if self.memory_mb is not None:
            options["gpu_mem_limit"] = str(self.memory_mb << 20)
        if self.full_float32:
            options["use_tf32"] = "0"
        return options

    @property
    def float_sqnr_db(self) -> float:
        """Return what its arithmetic can hold; see `Provider.float_sqnr_db`."""
        return 60.0 if self.full_float32 else 40.0
