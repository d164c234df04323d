"""Fused int8 attention for CPUs: a small C++ library, and a way to call it on NumPy arrays.

`library()` is the path of the shared library, for an engine that loads it by itself; its C
interface is `edgeattn_kernels.h`. `attention()` calls it through ctypes.
"""

from __future__ import annotations

from edgeattn_kernels.attention import Quantized, attention
from edgeattn_kernels.layer_norm import layer_norm
from edgeattn_kernels.loading import (
    ABI,
    NoKernels,
    choose_instruction_set,
    instruction_set,
    library,
    offered,
    version,
)
from edgeattn_kernels.refusal import Refused
from edgeattn_kernels.tables import look_up, make_table

__all__ = [
    "ABI",
    "NoKernels",
    "Quantized",
    "Refused",
    "attention",
    "choose_instruction_set",
    "instruction_set",
    "layer_norm",
    "library",
    "look_up",
    "make_table",
    "offered",
    "version",
]
