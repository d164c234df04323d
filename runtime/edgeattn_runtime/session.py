"""A session: one opened model, whatever engine runs it.

    open_session(Path("model_int8.onnx"))   -> onnxruntime
    open_session(Path("model_int8.tflite")) -> ai-edge-litert, else tflite-runtime
    open_session(Path("model_int8.onnx"), engine="webgpu") -> onnxruntime, on the GPU

Engines are imported when the first model is opened, never before.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from edgeattn_runtime.errors import BadEnvironment, BadUsage, BrokenModel
from edgeattn_runtime.port import Port
from edgeattn_runtime.providers import ACCELERATORS, LitertGpu, accelerator, is_accelerator

if TYPE_CHECKING:
    from edgeattn_runtime.array_types import Array, Arrays
    from edgeattn_runtime.placement import Placement


# engine -> the module that must import, and the command that brings it
ENGINES = {
    "onnxruntime": ("onnxruntime", "pip install onnxruntime"),
    "ai-edge-litert": ("ai_edge_litert", "pip install ai-edge-litert"),
    "tflite-runtime": ("tflite_runtime", 'pip install tflite-runtime "numpy<2"'),
}

# format -> engines that run it, best first
FORMATS = {"onnx": ("onnxruntime",), "tflite": ("ai-edge-litert", "tflite-runtime")}


class Session(Protocol):
    """One opened model.

    Attributes:
        inputs: What `run` takes, in the file's order.
        outputs: What `run` returns, in the file's order.
        engine: "onnxruntime", "ai-edge-litert", "tflite-runtime", or an accelerator of
            `providers.ACCELERATORS`.
        engine_version: The engine's version, for reports.
        provider_requested: The back end that was asked for, in the engine's words.
        provider_actual: The back end that really runs; engines fall back without a word.
        placement: Where its operators run; None on the CPU.
        kernels: The library that computes the file's fused attention, for reports; None without.
    """

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    engine: str
    engine_version: str
    provider_requested: str
    provider_actual: str
    placement: Placement | None
    kernels: str | None

    def run(self, inputs: Arrays) -> dict[str, Array]:
        """Run once; the arrays returned are the caller's own.

        Raises:
            BadData: A name, shape or dtype does not fit.
        """
        ...

    def bind(self, inputs: Arrays) -> None:
        """Check and copy inputs once, so that `invoke` has nothing left to do but run."""
        ...

    def invoke(self) -> None:
        """Run with the bound inputs: no checks, no copies. This is what latency is measured on."""
        ...

    def fetch(self) -> dict[str, Array]:
        """Return copies of what the last `invoke` computed."""
        ...


def open_session(
    model: Path | str | bytes,
    *,
    engine: str | None = None,
    threads: int = 1,
    as_written: bool = False,
) -> Session:
    """Open a model with the engine that fits it.

    Args:
        model: A `.onnx` or `.tflite` file, or the bytes of one.
        engine: A name from `ENGINES`, or an accelerator with its options ("webgpu",
            "tensorrt:fp16=yes"); None takes the best installed engine for the format.
        threads: CPU threads for one inference, at least 1.
        as_written: Compute every operator of an ONNX file as it stands, without the engine's own
            rewrites: slow, and what a file for another engine is checked with.

    Raises:
        BadUsage: No such engine or option, or fewer than one thread.
        BadEnvironment: The engine is not installed, or has no accelerator to run on.
        GateFailed: The engine fell back to the CPU though an accelerator was asked for.
        BrokenModel: The file is missing, truncated or refused by the engine.
    """
    if threads < 1:
        raise BadUsage(f"threads is {threads}; an inference needs at least 1")
    if isinstance(model, str):
        model = Path(model)
    name = model.name if isinstance(model, Path) else "the model"
    format = format_of(model)
    engine = installed_engine(format) if engine is None else _checked(engine, format, name)
    if engine is not None and is_accelerator(engine):
        return _open_accelerated(model, engine, name, threads)
    if engine == "onnxruntime":
        from edgeattn_runtime.onnx_session import OnnxSession

        return OnnxSession(model, name=name, threads=threads, as_written=as_written)
    from edgeattn_runtime.tflite_session import TfliteSession

    return TfliteSession(model, name=name, engine=engine, threads=threads)


def _open_accelerated(model: Path | bytes, engine: str, name: str, threads: int) -> Session:
    """Open a model on the accelerator that `engine` names."""
    provider = accelerator(engine)
    if isinstance(provider, LitertGpu):
        from edgeattn_runtime.litert_gpu_session import LitertGpuSession

        return LitertGpuSession(model, name=name, provider=provider)
    from edgeattn_runtime.onnx_session import OnnxSession

    return OnnxSession(model, name=name, threads=threads, provider=provider)


def format_of(model: Path | bytes) -> str:
    """Return "onnx" or "tflite" for a file or its bytes.

    A flatbuffer names itself in bytes 4 to 8; a protobuf has no magic, so the rest counts as ONNX.

    Raises:
        BrokenModel: There is no such file, it is empty, or its suffix says something else.
    """
    if isinstance(model, Path):
        if not model.is_file():
            raise BrokenModel(f"there is no file {model}; check the path")
        if model.suffix.lower() not in (".onnx", ".tflite"):
            raise BrokenModel(f"{model.name} ends in neither .onnx nor .tflite; convert it first")
        with model.open("rb") as file:
            head = file.read(8)
        name = model.name
    else:
        head, name = model[:8], "the model"
    if not head:
        raise BrokenModel(f"{name} is empty (0 bytes); copy it again")
    found = "tflite" if head[4:8] == b"TFL3" else "onnx"
    if isinstance(model, Path) and model.suffix.lower() != f".{found}":
        raise BrokenModel(
            f"{name} is no {model.suffix[1:]} file (it starts with {head!r}); "
            "it may be truncated or misnamed: copy it again"
        )
    return found


def format_of_engine(engine: str) -> str:
    """Return the format for "onnx", "tflite" or an engine's own name."""
    for format, engines in FORMATS.items():
        if engine == format or engine in engines:
            return format
    raise BadUsage(
        f"there is no engine {engine!r}; choose one of {', '.join((*FORMATS, *ENGINES))}"
    )


def is_installed(engine: str) -> bool:
    """Tell whether an engine of `ENGINES` can be imported, without importing it."""
    return importlib.util.find_spec(ENGINES[engine][0]) is not None


def installed_engine(format: str) -> str:
    """Return the best installed engine for a format of `FORMATS`.

    Raises:
        BadEnvironment: None is installed; the message holds the pip command.
    """
    for engine in FORMATS[format]:
        if is_installed(engine):
            return engine
    raise missing(FORMATS[format][0], format)


def missing(engine: str, format: str) -> BadEnvironment:
    """Return the error for an engine that is not installed, with the command that adds it."""
    return BadEnvironment(
        f"no engine for {format} files is installed here: `{ENGINES[engine][1]}` adds {engine}"
    )


def _checked(engine: str, format: str, name: str) -> str:
    """Return `engine` when it is known, runs `format` and is installed."""
    provider = accelerator(engine) if is_accelerator(engine) else None
    owner = engine if provider is None else provider.engine
    if owner not in ENGINES:
        known = ", ".join((*ENGINES, *ACCELERATORS))
        raise BadUsage(f"there is no engine {engine!r}; choose one of {known}")
    if owner not in FORMATS[format] or (provider is not None and provider.format != format):
        raise BadUsage(
            f"{engine} does not run {format} files such as {name}; "
            f"choose one of {', '.join(FORMATS[format])}"
        )
    if not is_installed(owner):
        raise missing(owner, format)
    return engine


def matches(ports: tuple[Port, ...]) -> tuple[tuple[str, tuple[int, ...], np.dtype[Any]], ...]:
    """Return what a session compares inputs with on every run: names, shapes, NumPy types."""
    return tuple((port.name, port.shape, np.dtype(port.dtype)) for port in ports)
