"""Feed float samples to a file whose ports are int8, as stock TFLite files have them.

The conversion happens outside the engine and is not timed: a gift to the file, some microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeattn.data.data import Array
from edgeattn_runtime.session import Session, format_of
from edgeattn_runtime.tflite_session import import_engine


@dataclass(frozen=True)
class Level:
    """How a port's integers stand for real numbers: real = scale * (integer - zero_point).

    >>> Level(0.5, 3).integers(np.array([1.0, -1.0, 1e9]))
    array([  5,   1, 127], dtype=int8)
    >>> Level(0.5, 3).reals(np.array([5, 1], np.int8))
    array([ 1., -1.], dtype=float32)
    """

    scale: float
    zero_point: int

    def integers(self, x: Array) -> Array:
        """Return int8."""
        steps: Array = np.rint(x / self.scale) + self.zero_point
        return steps.clip(-128, 127).astype(np.int8)

    def reals(self, x: Array) -> Array:
        """Return float32."""
        return ((x.astype(np.float32) - self.zero_point) * np.float32(self.scale)).astype(
            np.float32
        )


def levels(content: bytes) -> tuple[Level | None, Level | None]:
    """Return those of the first input and the first output; None where the port is float."""
    if format_of(content) == "onnx":
        return None, None
    interpreter = import_engine("ai-edge-litert")(model_content=content)
    details = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    first, last = (
        Level(*detail["quantization"]) if detail["dtype"] is np.int8 else None for detail in details
    )
    return first, last


def answers(session: Session, content: bytes, x: Array) -> Array:
    """Return the first output as float32 [N, ...] for samples [N, ...], one at a time."""
    first, last = levels(content)
    fed = x if first is None else first.integers(x)
    name = session.inputs[0].name
    rows = [next(iter(session.run({name: fed[i : i + 1]}).values())) for i in range(len(fed))]
    joined: Array = np.concatenate(rows)
    return joined if last is None else last.reals(joined)


def bind(session: Session, content: bytes, x: Array) -> None:
    """Bind one float sample [1, ...]."""
    first, _ = levels(content)
    session.bind({session.inputs[0].name: x if first is None else first.integers(x)})
