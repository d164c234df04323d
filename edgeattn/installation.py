"""What edgeattn needs to be installed, and what of it is there.

Versions are read from the metadata of what is installed: nothing is imported, so the answer comes
at once and a broken install cannot crash it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata, util

PIP = "python -m pip install"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that can be installed.

    Attributes:
        name: What people call it; also its distribution, unless others give it too.
        module: What it is imported as.
        purpose: What it is good for here.
        extra: The extra of edgeattn that brings it; "" for what comes with edgeattn.
        floor: The oldest version that will do, as in pyproject.toml; "" for any.
        essential: Whether converting and running to both formats needs it.
        also: Other distributions that give the same module.
        advised: Whether to say how it is installed when it is absent.
    """

    name: str
    module: str
    purpose: str
    extra: str = ""
    floor: str = ""
    essential: bool = True
    also: tuple[str, ...] = ()
    advised: bool = True


PARTS = (
    Part(name="numpy", module="numpy", purpose="arrays", floor="1.26"),
    Part(name="torch", module="torch", purpose="read and train models", extra="train", floor="2.9"),
    Part(name="onnx", module="onnx", purpose="write ONNX", extra="onnx", floor="1.18"),
    Part(name="onnx-ir", module="onnx_ir", purpose="write ONNX", extra="onnx", floor="0.1.9"),
    Part(name="onnxscript", module="onnxscript", purpose="write ONNX", extra="onnx", floor="0.5"),
    Part(
        name="onnxruntime",
        module="onnxruntime",
        purpose="run ONNX",
        extra="onnx",
        floor="1.20",
        also=("onnxruntime-gpu", "onnxruntime-openvino", "onnxruntime-directml"),
    ),
    Part(
        name="ai-edge-litert",
        module="ai_edge_litert",
        purpose="run TFLite",
        extra="tflite",
        floor="2.1",
    ),
    Part(
        name="flatbuffers",
        module="flatbuffers",
        purpose="write TFLite",
        extra="tflite",
        floor="24.3",
    ),
    Part(name="pillow", module="PIL", purpose="read photos", extra="train", floor="10"),
    Part(
        name="jinja2",
        module="jinja2",
        purpose="write report.html",
        extra="report",
        floor="3.1",
    ),
    Part(
        name="rich",
        module="rich",
        purpose="show progress",
        extra="train",
        floor="13",
        essential=False,
    ),
    Part(
        name="tflite-runtime",
        module="tflite_runtime",
        purpose="run TFLite on 32-bit ARM",
        essential=False,
        advised=False,  # it stopped at Python 3.11; where ai-edge-litert runs nobody needs it
    ),
    Part(
        name="litert-torch",
        module="litert_torch",
        purpose="TFLite operators that we lack",
        extra="litert",
        floor="0.10",
        essential=False,
    ),
)


@dataclass(frozen=True)
class Finding:
    """One part, as found here.

    Attributes:
        name: Of the part.
        purpose: What it is good for.
        version: What is installed, or None.
        state: "ok", "too old", "broken", "missing" or "optional" (absent, and it may be).
        essential: Whether converting and running needs it.
        remedy: The command that adds it; "" when nothing is to be done.
    """

    name: str
    purpose: str
    version: str | None
    state: str
    essential: bool
    remedy: str


def look_for(part: Part) -> Finding:
    """Return whether `part` is installed, recent enough and whole, and what to do if not."""
    version = _installed(part)
    if version is None:
        state = "missing" if part.essential else "optional"
    elif part.floor and _numbers(version) < _numbers(part.floor):
        state = "too old"
    elif util.find_spec(part.module) is None:
        state = "broken"
    else:
        state = "ok"
    return Finding(
        name=part.name,
        purpose=part.purpose,
        version=version,
        state=state,
        essential=part.essential,
        remedy="" if state == "ok" or not part.advised else _remedy(part, state),
    )


def _installed(part: Part) -> str | None:
    for name in (part.name, *part.also):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def _numbers(version: str) -> tuple[int, ...]:
    """Return (2, 13, 0) for "2.13.0+cpu"; what follows the numbers is left out."""
    leading = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, leading.group().split("."))) if leading else ()


def _remedy(part: Part, state: str) -> str:
    what = f"'edgeattn[{part.extra}]'" if part.extra else part.name
    if state == "too old":
        return f"{PIP} --upgrade '{part.name}>={part.floor}'"
    return f"{PIP} --force-reinstall {part.name}" if state == "broken" else f"{PIP} {what}"
