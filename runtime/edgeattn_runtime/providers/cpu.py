"""The CPU: ONNX Runtime's own kernels, and XNNPACK inside the TFLite engines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from edgeattn_runtime.providers.provider import Provider


@dataclass(frozen=True)
class Cpu(Provider):
    """ONNX Runtime's CPU provider; threads are the session's."""

    name: ClassVar[str] = "cpu"
    engine: ClassVar[str] = "onnxruntime"
    format: ClassVar[str] = "onnx"
    requested: ClassVar[str] = "CPUExecutionProvider"
    package: ClassVar[str] = "pip install onnxruntime"


@dataclass(frozen=True)
class Xnnpack(Provider):
    """The delegate that LiteRT and tflite-runtime take by themselves; threads are the session's."""

    name: ClassVar[str] = "xnnpack"
    engine: ClassVar[str] = "ai-edge-litert"
    format: ClassVar[str] = "tflite"
    requested: ClassVar[str] = "XNNPACK"
    package: ClassVar[str] = "pip install ai-edge-litert"
