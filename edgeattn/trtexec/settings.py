"""What a user chooses about a run of trtexec, and the flags that say so.

Int8 is explicit: the file's Q/DQ pairs say what is int8. TensorRT 10 wants `--int8` all the same,
and `--fp16` to take float16 for the rest; `--best` would let it quantise more by guessed ranges and
is never written. Under strong typing, which is all that TensorRT 11 has, the file's own types hold
and no such flag exists. Bundles have static shapes, so `--shapes` is not written either: trtexec
warns that a static model takes none.

Sources: NVIDIA, "Explicit Quantization" and "Performance Benchmarking" (TensorRT 10.x, 11.0);
TensorRT, samples/common/sampleOptions.cpp.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeattn_runtime.errors import BadUsage

VERSIONS = (8, 10, 11)
RANGES = {
    "optimisation": (0, 5),
    "workspace_mb": (1, 1 << 20),
    "warmup_ms": (0, 600_000),
    "iterations": (1, 1_000_000),
    "device": (0, 63),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How engines are built and timed.

    Attributes:
        tensorrt: Major version; JetPack 5 has 8, JetPack 6 has 10.
        strongly_typed: Take the file's types as they are; on TensorRT 11 always so.
        optimisation: Effort of the builder, 0 to 5; None leaves trtexec's.
        workspace_mb: Memory a kernel may use, in 2^20 bytes; None leaves all of it.
        cuda_graph: Record the kernels once and replay them, as a deployment would.
        warmup_ms: Runs before this time do not count.
        iterations: Runs that do.
        device: Which GPU.
    """

    tensorrt: int = 10
    strongly_typed: bool = False
    optimisation: int | None = None
    workspace_mb: int | None = None
    cuda_graph: bool = True
    warmup_ms: int = 500
    iterations: int = 200
    device: int = 0

    def __post_init__(self) -> None:
        """Refuse what trtexec would, or would misread.

        Raises:
            BadUsage: The setting, what it is, and what it may be.
        """
        if self.tensorrt not in VERSIONS:
            known = ", ".join(map(str, VERSIONS))
            raise BadUsage(
                f"TensorRT {self.tensorrt} is not known; choose from {known} "
                "(`dpkg -l | grep nvinfer` on the board tells)"
            )
        if self.strongly_typed and self.tensorrt < 10:
            raise BadUsage("TensorRT 8 has no strong typing; leave it out, or say --tensorrt 10")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise BadUsage(f"{name} is {value}; it must be a whole number from {low} to {high}")

    @property
    def by_types(self) -> bool:
        """Return whether precision is the file's alone."""
        return self.strongly_typed or self.tensorrt >= 11

    def precision_flags(self, precision: str) -> tuple[str, ...]:
        """Return the flags of a run in "fp32", "fp16" or "int8"."""
        if self.by_types:
            # 11 knows nothing else, and no flag for it.
            return ("--stronglyTyped",) if self.tensorrt == 10 else ()
        return {"fp32": (), "fp16": ("--fp16",), "int8": ("--int8", "--fp16")}[precision]

    def common_flags(self) -> tuple[str, ...]:
        """Return the flags of every run."""
        flags = [f"--device={self.device}"] if self.device else []
        if self.optimisation is not None:
            flags.append(f"--builderOptimizationLevel={self.optimisation}")
        if self.workspace_mb is not None:
            flags.append(f"--memPoolSize=workspace:{self.workspace_mb}")
        if self.cuda_graph:
            flags.append("--useCudaGraph")
        return (
            *flags,
            "--useSpinWait",  # otherwise sleeping and waking is measured, too
            f"--warmUp={self.warmup_ms}",
            f"--iterations={self.iterations}",
            "--duration=0",  # the number of runs decides, not three seconds
            "--profilingVerbosity=detailed",
            "--separateProfileRun",  # the profiler slows what it measures
        )
