"""LiteRT's GPU accelerator (ML Drift), on a computer through WebGPU: libLiteRtWebGpuAccelerator.

Source: ai-edge-litert 2.3, options.GpuOptions; docs/measurements/gpu-forms.md for what it computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgeattn_runtime.providers.provider import Provider, option


@dataclass(frozen=True)
class LitertGpu(Provider):
    """The GPU through LiteRT's CompiledModel; float16 where the GPU has it, unless `float32`."""

    float32: bool = option(False, "enforce_f32", "float32 arithmetic, slower on phones")
    cap_infinity: bool = option(False, "infinite_float_capping", "clip to what float16 can hold")
    share_constants: bool = option(False, "constant_tensor_sharing", "between signatures")

    name: ClassVar[str] = "litert-gpu"
    engine: ClassVar[str] = "ai-edge-litert"
    format: ClassVar[str] = "tflite"
    requested: ClassVar[str] = "LiteRT GPU"
    target: ClassVar[str | None] = "litert-gpu"
    package: ClassVar[str] = "pip install ai-edge-litert"

    @property
    def float_sqnr_db(self) -> float:
        """Return what its arithmetic can hold; see `Provider.float_sqnr_db`."""
        return 60.0 if self.float32 else 40.0
