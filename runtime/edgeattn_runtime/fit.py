"""Say why inputs do not fit a model.

Sessions compare names, shapes and types themselves, in a few hundred nanoseconds; only when
something is off do they come here for the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edgeattn_runtime.errors import BadData
from edgeattn_runtime.port import Port


def misfit(ports: Sequence[Port], inputs: Mapping[str, Any]) -> BadData:
    """Return the error for inputs that do not fit `ports`: the first thing that is wrong."""
    expected = ", ".join(str(port) for port in ports)
    for name in inputs:
        if name not in {port.name for port in ports}:
            return BadData(f"the model has no input {name!r}; it takes {expected}")
    for port in ports:
        if port.name not in inputs:
            return BadData(f"input {port.name!r} is missing; the model takes {expected}")
        value = inputs[port.name]
        if not isinstance(value, np.ndarray):
            return BadData(
                f"input {port.name!r} is a {type(value).__name__}; pass a NumPy array "
                f"{port.dtype} {list(port.shape)}"
            )
        if value.shape != port.shape:
            return BadData(
                f"input {port.name!r} has shape {list(value.shape)}, the model takes "
                f"{list(port.shape)}; the batch is the first axis, feed one sample at a time"
            )
        if value.dtype != np.dtype(port.dtype):
            return BadData(
                f"input {port.name!r} is {value.dtype}, the model takes {port.dtype}; "
                f"convert it with `.astype(numpy.{port.dtype})`"
            )
    return BadData(f"the inputs do not fit; the model takes {expected}")
