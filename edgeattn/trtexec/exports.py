"""What trtexec exports as JSON, read: times, profile, layers, output; and its log.

    times    [{"startComputeMs": ..., "latencyMs": ...}, ...]  one entry a run, warm-up included
    profile  [{"count": 641}, {"name": ..., "averageMs": ..., "percentage": ...}, ...]
    layers   {"Layers": [{"Name": ..., "LayerType": ..., "Inputs": [{"Format/Datatype": ...}]}]}
             or {"Layers": ["name", ...]} without --profilingVerbosity=detailed
    output   [{"name": ..., "dimensions": "1x10", "values": [...]}]

Source: TensorRT, samples/common/sampleReporting.cpp; NVIDIA, Engine Inspector.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from edgeattn_runtime.errors import BadInput
from edgeattn_runtime.providers.engine_cache import version_text

# C++ streams print what JSON does not know.
NOT_JSON = re.compile(r"(?<=[\s,:\[])(-?)(nan|inf)(?=[\s,\]}])", re.IGNORECASE)
# In the words of both versions; "BFLOAT16" holds "FLOAT", so the longer come first.
TYPES = {
    "BFLOAT16": "bfloat16", "BF16": "bfloat16", "INT8": "int8", "FP8": "float8", "FP16": "float16",
    "HALF": "float16", "FP32": "float32", "FLOAT": "float32", "INT32": "int32", "INT64": "int64",
    "BOOL": "bool",
}  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True)
class Layer:
    """One layer of a built engine.

    Attributes:
        name: Of the layer: those of the ONNX nodes that were fused into it.
        kind: What TensorRT calls it, such as "CaskConvolution", "kgen", "Reformat"; "?" unknown.
        reads: Types of its inputs, such as ("int8", "int8"); () when the engine tells only names.
        writes: Types of its outputs.
        time_ms: Average; 0 for what was not profiled.
        share: Of the whole, 0 to 1.
    """

    name: str
    kind: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    time_ms: float = 0.0
    share: float = 0.0

    @property
    def copies(self) -> bool:
        """Return whether it only moves a tensor to another format."""
        return self.kind == "Reformat" or self.name.startswith("Reformatting CopyNode")

    @property
    def int8(self) -> bool:
        """Return whether it computes on int8; a reformat that writes int8 does not."""
        return not self.copies and "int8" in self.reads


@dataclass(frozen=True)
class Log:
    """What the log says about where it ran.

    Attributes:
        passed: Whether trtexec itself was content.
        version: TensorRT's, such as "10.3.0"; None when the log does not tell.
        device: The GPU's name, such as "Orin".
        last_error: The last line marked [E].
    """

    passed: bool
    version: str | None
    device: str | None
    last_error: str | None


def read_times(path: Path, *, warmup_ms: float) -> tuple[float, ...]:
    """Return the latency of every run after the warm-up, copies to and from the GPU included.

    Args:
        path: What --exportTimes wrote.
        warmup_ms: What --warmUp was; runs that began before it are listed, too.
    """

    def read(entries: Any) -> tuple[float, ...]:
        return tuple(
            float(one["latencyMs"])
            for one in entries
            if float(one.get("startComputeMs", warmup_ms)) >= warmup_ms
        )

    found = _read(path, read)
    if not found:
        raise BadInput(
            f"{path.name} holds no run after the warm-up of {warmup_ms:g} ms; "
            "give more --iterations"
        )
    return found


def read_layers(path: Path, profile: Path) -> tuple[Layer, ...]:
    """Return the layers of an engine with their types and times."""
    times = _read(profile, lambda entries: {one["name"]: one for one in entries if "name" in one})

    def read(found: Any) -> tuple[Layer, ...]:
        return tuple(_layer(one, times) for one in found["Layers"])

    return _read(path, read)


def read_output(path: Path, name: str) -> np.ndarray[Any, Any]:
    """Return one output of the first run, float32, with its shape.

    Raises:
        BadInput: There is no output of this name.
    """

    def read(entries: Any) -> np.ndarray[Any, Any]:
        found = {one["name"]: one for one in entries}
        if name not in found:
            held = ", ".join(found) or "no output"
            raise BadInput(f"{path.name} holds {held}; the model gives {name}")
        shape = [int(length) for length in found[name]["dimensions"].split("x")]
        return np.array(found[name]["values"], np.float32).reshape(shape)

    return _read(path, read)


def read_log(path: Path) -> Log:
    """Return what the log says; a log that is not there says nothing."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    version = re.search(r"\[TensorRT v(\d+)\]", text)
    device = re.search(r"Selected Device: (.+)", text)
    errors = [line.strip() for line in text.splitlines() if "[E]" in line]
    return Log(
        passed="&&&& PASSED" in text,
        version=None if version is None else version_text(int(version.group(1))),
        device=None if device is None else device.group(1).strip(),
        last_error=errors[-1] if errors else None,
    )


def _layer(one: Any, times: Mapping[str, Any]) -> Layer:
    named = isinstance(one, str)
    name = one if named else str(one["Name"])
    timed = times.get(name, {})
    return Layer(
        name=name,
        kind="?" if named else str(one.get("LayerType", "?")),
        reads=() if named else tuple(map(_type, one.get("Inputs", ()))),
        writes=() if named else tuple(map(_type, one.get("Outputs", ()))),
        time_ms=float(timed.get("averageMs", 0)),
        share=float(timed.get("percentage", 0)) / 100,
    )


def _type(tensor: Mapping[str, Any]) -> str:
    """Return "int8" for "Int8" and "Thirty-two wide channel vectorized row major Int8 format"."""
    words = str(tensor.get("Format/Datatype", "?")).upper()
    return next((type for word, type in TYPES.items() if word in words), "?")


def _read(path: Path, take: Callable[[Any], T]) -> T:
    """Read a JSON file and take what is wanted from it."""
    try:
        text = path.read_text(encoding="utf-8")
        return take(json.loads(NOT_JSON.sub(_spelled, text)))
    except FileNotFoundError as error:
        raise BadInput(
            f"there is no {path.name} in {path.parent}; run its run.sh to the end first"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path.name} is not what trtexec exports ({error!r}); run run.sh again"
        ) from error


def _spelled(found: re.Match[str]) -> str:
    return "NaN" if found.group(2).lower() == "nan" else f"{found.group(1)}Infinity"
