"""The structs of edgeattn_kernels.h."""

from __future__ import annotations

import ctypes


class Tensor(ctypes.Structure):
    """edgeattn_tensor, field for field."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("batch_stride", ctypes.c_int64),
        ("head_stride", ctypes.c_int64),
        ("row_stride", ctypes.c_int64),
        ("type", ctypes.c_int32),
        ("zero_point", ctypes.c_int32),
    ]


class Call(ctypes.Structure):
    """edgeattn_attention, field for field."""

    _fields_ = [
        ("size", ctypes.c_size_t),
        ("batch", ctypes.c_int64),
        ("heads", ctypes.c_int64),
        ("queries", ctypes.c_int64),
        ("keys", ctypes.c_int64),
        ("kv_heads", ctypes.c_int64),
        ("width", ctypes.c_int64),
        ("value_width", ctypes.c_int64),
        ("q", Tensor),
        ("k", Tensor),
        ("v", Tensor),
        ("score_scales", ctypes.c_void_p),
        ("score_scale_count", ctypes.c_int64),
        ("v_scales", ctypes.c_void_p),
        ("v_scale_count", ctypes.c_int64),
        ("out", ctypes.c_void_p),
        ("out_batch_stride", ctypes.c_int64),
        ("out_head_stride", ctypes.c_int64),
        ("out_row_stride", ctypes.c_int64),
        ("out_type", ctypes.c_int32),
        ("out_zero_point", ctypes.c_int32),
        ("out_scale", ctypes.c_float),
        ("key_mask", ctypes.c_void_p),
        ("key_mask_stride", ctypes.c_int64),
        ("bias", ctypes.c_void_p),
        ("bias_batch_stride", ctypes.c_int64),
        ("bias_head_stride", ctypes.c_int64),
        ("bias_row_stride", ctypes.c_int64),
        ("bias_key_stride", ctypes.c_int64),
        ("causal", ctypes.c_int32),
        ("planes", ctypes.c_int32),
        ("causal_offset", ctypes.c_int64),
        ("threads", ctypes.c_int32),
        ("part", ctypes.c_int32),
        ("part_count", ctypes.c_int32),
    ]
