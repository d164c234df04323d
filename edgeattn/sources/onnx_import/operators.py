"""Every ONNX operator that is read, and the function that reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edgeattn.sources.onnx_import.activations import ACTIVATIONS
from edgeattn.sources.onnx_import.attention import ATTENTION
from edgeattn.sources.onnx_import.convolution import CONVOLUTION
from edgeattn.sources.onnx_import.elementwise import ELEMENTWISE
from edgeattn.sources.onnx_import.indexing import INDEXING
from edgeattn.sources.onnx_import.linear import LINEAR
from edgeattn.sources.onnx_import.logic import LOGIC
from edgeattn.sources.onnx_import.making import MAKING
from edgeattn.sources.onnx_import.normalization import NORMALIZATION
from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.pooling import POOLING
from edgeattn.sources.onnx_import.recorder import Recorder
from edgeattn.sources.onnx_import.reduction import REDUCTION
from edgeattn.sources.onnx_import.resizing import RESIZING
from edgeattn.sources.onnx_import.shaping import SHAPING

Reader = Callable[[Recorder, Operation], Any]

DEFAULT_DOMAIN: dict[str, Reader] = {
    **ELEMENTWISE,
    **LOGIC,
    **ACTIVATIONS,
    **LINEAR,
    **CONVOLUTION,
    **POOLING,
    **NORMALIZATION,
    **REDUCTION,
    **SHAPING,
    **INDEXING,
    **MAKING,
    **RESIZING,
}

# (domain, operator) -> reader; a reader returns a value, or a tuple for several outputs.
OPERATORS: dict[tuple[str, str], Reader] = {
    **{("", kind): reader for kind, reader in DEFAULT_DOMAIN.items()},
    **ATTENTION,
}
