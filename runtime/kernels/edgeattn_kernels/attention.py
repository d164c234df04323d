"""Call the library on NumPy arrays: the struct of edgeattn_kernels.h, filled in."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeattn_kernels.interface import Call, Tensor
from edgeattn_kernels.loading import loaded, status_text
from edgeattn_kernels.refusal import Refused

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

_TYPES = {"int8": 0, "uint8": 1, "float32": 2}


@dataclass(frozen=True)
class Quantized:
    """How 8-bit out is written: round(real / scale) + zero_point, saturating.

    Attributes:
        scale: Real value of one step.
        zero_point: The integer that stands for zero.
        dtype: "int8" or "uint8".
    """

    scale: float
    zero_point: int = 0
    dtype: str = "int8"

    def __post_init__(self) -> None:
        """Refuse a type that the library does not write."""
        if self.dtype not in ("int8", "uint8"):
            raise ValueError(f"8-bit out is int8 or uint8, not {self.dtype}")


class Prepared:
    """A call with all its arrays kept alive; `run()` computes, as often as one likes."""

    def __init__(self, call: Call, out: Array, kept: Sequence[object]) -> None:
        """Keep the arrays that the struct points into."""
        self.call = call
        self.out = out
        self._kept = kept
        self._attend = loaded().edgeattn_attend
        self._at = ctypes.addressof(call)

    def run(self) -> Array:
        """Compute into `out` and return it.

        Raises:
            Refused: The library says why.
        """
        status = int(self._attend(self._at))
        if status:
            raise Refused(status, status_text(status))
        return self.out


def attention(q: Array, k: Array, v: Array, **options: Any) -> Array:
    """Return softmax(score_scale * (q - zq)(k - zk)' + bias) * v_scale * (v - zv).

    Takes what `prepare` takes.

    Returns:
        float32 (or 8-bit, with `quantized`), [batch, heads, queries, value_width].
    """
    return prepare(q, k, v, **options).run()


def prepare(
    q: Array,
    k: Array,
    v: Array,
    *,
    score_scale: float | Sequence[float],
    v_scale: float | Sequence[float] = 1.0,
    zero_points: tuple[int, int, int] = (0, 0, 0),
    quantized: Quantized | None = None,
    key_mask: Array | None = None,
    bias: Array | None = None,
    causal: bool = False,
    causal_offset: int = 0,
    planes: int = 1,
    threads: int = 1,
    out: Array | None = None,
) -> Prepared:
    """Check shapes and fill in the struct.

    Args:
        q: int8 or uint8, [batch, heads, queries, width]; only its last dimension is contiguous.
        k: The same, [batch, kv_heads, keys, width].
        v: The same, [batch, kv_heads, keys, value_width].
        score_scale: q_scale * k_scale / sqrt(width), one or one per head.
        v_scale: One, or one per head.
        zero_points: Of q, k and v.
        quantized: Write 8 bits; without it, float32.
        key_mask: [batch, keys], 0 where a key is padding.
        bias: float32, broadcast to [batch, heads, queries, keys].
        causal: Query i sees keys up to i + causal_offset.
        causal_offset: See `causal`.
        planes: 1, or 2 for 15-bit weights.
        threads: Threads that the library starts.
        out: Where to write, strided as one likes.

    Raises:
        ValueError: What cannot be told to the library at all; the rest it refuses by itself.
    """
    for name, array in (("q", q), ("k", k), ("v", v)):
        if array.ndim != 4:
            raise ValueError(f"{name} is {array.shape}, not [batch, heads, rows, width]")
    batch, heads, queries, width = q.shape
    _, kv_heads, keys, value_width = v.shape
    if k.shape != (batch, kv_heads, keys, width) or len(v) != batch:
        raise ValueError(f"q {q.shape}, k {k.shape} and v {v.shape} do not belong together")
    out_type = quantized.dtype if quantized else "float32"
    if out is None:
        out = np.empty((batch, heads, queries, value_width), out_type)
    if out.shape != (batch, heads, queries, value_width) or out.dtype != np.dtype(out_type):
        raise ValueError(f"out is {out.dtype} {out.shape}, not {out_type} of q's and v's lengths")
    if not out.flags.writeable or not _has_rows(out):
        raise ValueError("out cannot be written, or its rows have gaps or run backwards")
    q, k, v = (array if _has_rows(array) else array.copy() for array in (q, k, v))
    score_scales, v_scales = _scales(score_scale), _scales(v_scale)
    call = Call(
        size=ctypes.sizeof(Call),
        batch=batch, heads=heads, queries=queries, keys=keys, kv_heads=kv_heads,
        width=width, value_width=value_width,
        q=_tensor(q, zero_points[0]), k=_tensor(k, zero_points[1]), v=_tensor(v, zero_points[2]),
        score_scales=score_scales.ctypes.data, score_scale_count=len(score_scales),
        v_scales=v_scales.ctypes.data, v_scale_count=len(v_scales),
        out=out.ctypes.data, out_type=_TYPES[out_type],
        causal=int(causal), causal_offset=causal_offset, planes=planes, threads=threads,
    )  # fmt: skip
    for name, value in (("planes", planes), ("threads", threads), ("causal_offset", causal_offset)):
        _kept(name, getattr(call, name), value)
    call.out_batch_stride, call.out_head_stride, call.out_row_stride = _strides(out)[:3]
    if quantized:
        call.out_scale, call.out_zero_point = quantized.scale, quantized.zero_point
        _kept("zero_point", call.out_zero_point, quantized.zero_point)
    if key_mask is not None:
        taking_part = np.broadcast_to(np.asarray(key_mask) != 0, (batch, keys))
        key_mask = np.ascontiguousarray(taking_part, np.uint8)
        call.key_mask, call.key_mask_stride = key_mask.ctypes.data, keys
    if bias is not None:
        bias = np.asarray(bias, np.float32)
        bias = bias if bias.flags.aligned and _steps_forward(bias) else bias.copy()
        bias = np.broadcast_to(bias, (batch, heads, queries, keys))
        call.bias = bias.ctypes.data
        (
            call.bias_batch_stride,
            call.bias_head_stride,
            call.bias_row_stride,
            call.bias_key_stride,
        ) = _strides(bias)
    return Prepared(call, out, (q, k, v, score_scales, v_scales, key_mask, bias))


def _tensor(array: Array, zero_point: int) -> Tensor:
    if array.dtype.name not in _TYPES:
        raise ValueError(f"q, k and v are int8 or uint8, not {array.dtype}")
    batch, head, row = _strides(array)[:3]
    made = Tensor(array.ctypes.data, batch, head, row, _TYPES[array.dtype.name], zero_point)
    _kept("zero_points", made.zero_point, zero_point)
    return made


def _kept(name: str, kept: int, value: int) -> None:
    """Refuse what the struct's field cannot hold; ctypes drops upper bits without a word."""
    if kept != value:
        raise ValueError(f"{name}: {value} does not fit into its field")


def _scales(scale: float | Sequence[float]) -> Array:
    scales = np.ascontiguousarray(scale, np.float32)
    if scales.ndim != 1:
        raise ValueError(f"a scale is one number or one per head, not {scales.shape}")
    return scales


def _strides(array: Array) -> tuple[int, ...]:
    """Return strides in elements; 0 where a dimension has one entry, whatever NumPy says there."""
    return tuple(
        array.strides[i] // array.itemsize if array.shape[i] > 1 else 0 for i in range(array.ndim)
    )


def _steps_forward(array: Array) -> bool:
    """Tell whether strides are whole numbers of elements, and none is negative."""
    return all(
        length <= 1 or (stride >= 0 and stride % array.itemsize == 0)
        for length, stride in zip(array.shape, array.strides)  # noqa: B905 - Python 3.8
    )


def _has_rows(array: Array) -> bool:
    """Tell whether the last dimension is contiguous and the library can step over the others."""
    if not array.size:  # strides say nothing there
        return True
    contiguous = array.shape[-1] == 1 or array.strides[-1] == array.itemsize
    return contiguous and _steps_forward(array)
