"""ONNX Runtime's TensorRT provider: engines built on the device, once, and kept in a cache.

    tensorrt:cache=trt,fp16=yes        engines and kernel timings are kept in the folder trt/

Int8 is explicit: the file's own QuantizeLinear and DequantizeLinear say what is int8, and no
calibration table is read. `int8` (on by default) lets TensorRT 10 take int8 kernels there at all;
TensorRT 11 knows strong typing only and has neither flag: say int8=no there.

Source: onnxruntime.ai, TensorRT Execution Provider, "Configuration Options".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from edgeattn_runtime.providers.engine_cache import claim_cache
from edgeattn_runtime.providers.provider import Provider, option


@dataclass(frozen=True)
class TensorRt(Provider):
    """TensorRT through ONNX Runtime."""

    device: int = option(0, "device_id", "which GPU", within=(0, 63))
    fp16: bool = option(False, "trt_fp16_enable", "float16 for what is not int8")
    int8: bool = option(True, "", "int8 between the file's Q/DQ; no on TensorRT 11")
    cache: str | None = option(None, "", "folder for engines and kernel timings")
    optimisation: int | None = option(
        None, "trt_builder_optimization_level", "effort of the builder", within=(0, 5)
    )
    workspace_mb: int | None = option(
        None, "", "memory a kernel may use, in 2^20 bytes", within=(1, 1 << 20)
    )
    smallest_subgraph: int | None = option(
        None, "trt_min_subgraph_size", "nodes below which CUDA runs them", within=(1, 10000)
    )
    cuda_graph: bool = option(False, "trt_cuda_graph_enable", "record the work once, replay it")
    sequential_build: bool = option(
        False, "trt_force_sequential_engine_build", "one engine at a time"
    )

    name: ClassVar[str] = "tensorrt"
    engine: ClassVar[str] = "onnxruntime"
    format: ClassVar[str] = "onnx"
    requested: ClassVar[str] = "TensorrtExecutionProvider"
    target: ClassVar[str | None] = "tensorrt"
    package: ClassVar[str] = (
        "pip install onnxruntime-gpu (on a Jetson: the wheel for its JetPack; PyPI's has no "
        "TensorRT for ARM; `edgeattn trtexec` needs neither)"
    )

    def engine_options(self) -> dict[str, str]:
        """Return the options as ONNX Runtime takes them."""
        options = super().engine_options()
        if self.int8:
            options["trt_int8_enable"] = "1"
        if self.workspace_mb is not None:
            options["trt_max_workspace_size"] = str(self.workspace_mb << 20)
        if self.cache is not None:
            for what in ("engine", "timing"):
                options[f"trt_{what}_cache_enable"] = "1"
                options[f"trt_{what}_cache_path"] = self.cache
        return options

    @property
    def float_sqnr_db(self) -> float:
        """Return what TF32 and float16 can hold; TensorRT takes TF32 unasked."""
        return 40.0

    def prepare(self) -> None:
        """Make the cache folder, and refuse one that another TensorRT filled."""
        if self.cache is not None:
            claim_cache(Path(self.cache))
