"""LiteRT on one thread, whatever ports a tool gave its file.

Samples are put into the file's terms outside the timing: int8 ports are quantised with the port's
own scale, int64 ids widened, and images turned to the channels-last order of onnx2tf.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.integer_ports import Level
from benchmarks.peers.source import Array
from edgeattn_runtime.session import open_session
from edgeattn_runtime.tflite_session import SIGNATURE, import_engine

TO_CHANNELS_LAST = (0, 2, 3, 1)


@dataclass(frozen=True)
class Feed:
    """How a sample becomes one input.

    Attributes:
        port: The input's name in the session.
        dtype: Its type.
        shape: Its shape.
        level: What its integers stand for; None when they, or its floats, are taken as they are.
    """

    port: str
    dtype: str
    shape: tuple[int, ...]
    level: Level | None

    def of(self, value: Array) -> Array:
        """Return the value in the file's terms."""
        if value.shape != self.shape and value.ndim == 4:
            value = value.transpose(TO_CHANNELS_LAST)
        if self.level is not None and value.dtype.kind == "f":
            value = self.level.integers(value)
        return np.ascontiguousarray(value.astype(self.dtype, copy=False))


class TfliteFile:
    """One TFLite file."""

    def __init__(self, path: Path, sample: dict[str, Array]) -> None:
        """Open it and match its inputs with the sample's."""
        content = path.read_bytes()
        self.session = open_session(content, threads=1)
        self.provider = self.session.provider_actual
        self.invoke = self.session.invoke
        interpreter = import_engine("ai-edge-litert")(model_content=content)
        self.level_out = level_of(interpreter.get_output_details()[0])
        details = {detail["name"]: detail for detail in interpreter.get_input_details()}
        by_shape = list(interpreter.get_input_details())
        indices = signature_inputs(interpreter)
        self.feeds = {}
        for name, port in zip(sample, in_order(self.session.inputs, list(sample)), strict=True):
            index = indices.get(port.name)
            detail = next((d for d in by_shape if d["index"] == index), details.get(port.name))
            assert detail is not None
            self.feeds[name] = Feed(port.name, port.dtype, port.shape, level_of(detail))

    def fed(self, sample: dict[str, Array]) -> dict[str, Array]:
        """Return the sample in the file's terms."""
        return {feed.port: feed.of(sample[name]) for name, feed in self.feeds.items()}

    def answer(self, sample: dict[str, Array]) -> Array:
        """Return the first output as floats."""
        found = next(iter(self.session.run(self.fed(sample)).values()))
        return found if self.level_out is None else self.level_out.reals(found)

    def bind(self, sample: dict[str, Array]) -> None:
        """Bind the sample."""
        self.session.bind(self.fed(sample))


def level_of(detail: dict[str, Any]) -> Level | None:
    """Return what a port's integers stand for, None for a float port or plain integers."""
    scale, zero_point = detail["quantization"]
    return Level(scale, zero_point) if detail["dtype"] is np.int8 and scale else None


def signature_inputs(interpreter: Any) -> dict[str, int]:
    """Return tensor indices by input name of the file's signature."""
    found = interpreter._get_full_signature_list()
    signature: dict[str, dict[str, int]] = found.get(SIGNATURE) or next(iter(found.values()), {})
    return signature.get("inputs", {})


def in_order(ports: Any, names: list[str]) -> list[Any]:
    """Return the ports in the order of `names`: by name, or sorted as args_0, args_1 are."""
    if len(ports) == 1:
        return list(ports)
    by_name = {port.name.split(":")[0].removeprefix("serving_default_"): port for port in ports}
    if set(by_name) == set(names):
        return [by_name[name] for name in names]
    return sorted(ports, key=lambda port: str(port.name))


def open_file(path: Path, sample: dict[str, Array]) -> TfliteFile:
    """Open a .tflite file."""
    return TfliteFile(path, sample)
