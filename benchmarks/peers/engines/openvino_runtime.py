"""OpenVINO's CPU plug-in on one thread, in float32 where the file is float.

Without the precision hint it computes in bfloat16 on CPUs that have it, and "fp32" would mean that.
"""

from __future__ import annotations

from pathlib import Path

import openvino  # type: ignore[import-not-found]

from benchmarks.peers.source import Array

OPTIONS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "INFERENCE_PRECISION_HINT": "f32",
    "PERFORMANCE_HINT": "LATENCY",
}


class OpenvinoFile:
    """One OpenVINO graph."""

    def __init__(self, path: Path) -> None:
        """Compile it."""
        self.provider = "CPU"
        self.request = openvino.Core().compile_model(path, "CPU", OPTIONS).create_infer_request()
        self.invoke = self.request.infer

    def answer(self, sample: dict[str, Array]) -> Array:
        """Return the first output."""
        self.bind(sample)
        self.request.infer()
        found: Array = self.request.get_output_tensor(0).data.copy()
        return found

    def bind(self, sample: dict[str, Array]) -> None:
        """Copy the sample into the request's own tensors."""
        for place, value in enumerate(sample.values()):
            self.request.get_input_tensor(place).data[:] = value


def open_file(path: Path, sample: dict[str, Array]) -> OpenvinoFile:
    """Open an .xml file and the weights beside it."""
    return OpenvinoFile(path)
