"""Whole attention operators: ONNX's own and those of ONNX Runtime's optimiser."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  its name in every PyTorch program

from edgeattn.sources.onnx_import.elementwise import apply
from edgeattn.sources.onnx_import.operation import Operation
from edgeattn.sources.onnx_import.recorder import Recorder, Value, shape
from edgeattn.sources.onnx_import.unreadable import UnreadableNodeError


def _attention(recorder: Recorder, op: Operation) -> Any:
    """Attention of opset 23: [batch, heads, tokens, head_width] or [batch, tokens, width]."""
    _refuse(op, past=(4, 5), attributes=("softcap",))
    query, key, value = (op.input(index) for index in (0, 1, 2))
    folded = len(shape(query)) == 3
    if folded:
        heads, shared = op.get("q_num_heads"), op.get("kv_num_heads")
        if not heads or not shared:
            raise UnreadableNodeError("its inputs have 3 axes, but it does not say how many heads")
        query = split_heads(recorder, query, heads)
        key, value = (split_heads(recorder, part, shared) for part in (key, value))
    result = _scaled(recorder, op, query, key, value, op.optional(3), bool(op.get("is_causal", 0)))
    return join_heads(recorder, result) if folded else result


def _multi_head(recorder: Recorder, op: Operation) -> Any:
    """com.microsoft.MultiHeadAttention: [batch, tokens, width] each, one bias for all three."""
    _refuse(op, past=(6, 7), attributes=())
    if not op.has(1) or not op.has(2) or len(shape(op.input(1))) != 3:
        raise UnreadableNodeError("it packs query, key and value; only separate ones are read")
    parts: list[Any] = [op.input(index) for index in (0, 1, 2)]
    if op.has(3):
        bias, at = op.constant(3), 0
        for place, part in enumerate(parts):
            width = shape(part)[-1]
            parts[place] = recorder.call(torch.add, part, bias[at : at + width].contiguous())
            at += width
    heads = int(op.get("num_heads", 1))
    query, key, value = (split_heads(recorder, part, heads) for part in parts)
    mask = op.optional(5)
    if op.has(4):
        if mask is not None:
            raise UnreadableNodeError("it has both a padding mask and an attention bias")
        mask = _padding_mask(recorder, op.input(4))
    causal = bool(op.get("unidirectional", 0))
    return join_heads(recorder, _scaled(recorder, op, query, key, value, mask, causal))


def _scaled(
    recorder: Recorder,
    op: Operation,
    query: Value,
    key: Value,
    value: Value,
    mask: Value | None,
    causal: bool,
) -> Any:
    scale = op.get("scale") or None  # 0 means the usual 1 / sqrt(head_width)
    more = {"enable_gqa": True} if shape(query)[1] != shape(key)[1] else {}
    if causal and mask is not None:
        raise UnreadableNodeError("it has a mask and is causal too; merge both into the mask")
    return recorder.call(
        F.scaled_dot_product_attention,
        query,
        key,
        value,
        attn_mask=mask,
        is_causal=causal,
        scale=scale,
        **more,
    )


def split_heads(recorder: Recorder, x: Value, heads: int) -> Any:
    """[batch, tokens, width] -> [batch, heads, tokens, head_width]."""
    batch, tokens, width = shape(x)
    apart = recorder.call(torch.reshape, x, [batch, tokens, heads, width // heads])
    return recorder.call(torch.permute, apart, [0, 2, 1, 3])


def join_heads(recorder: Recorder, x: Value) -> Any:
    """[batch, heads, tokens, head_width] -> [batch, tokens, width]."""
    batch, heads, tokens, width = shape(x)
    beside = recorder.call(torch.permute, x, [0, 2, 1, 3])
    return recorder.call(torch.reshape, beside, [batch, tokens, heads * width])


def _padding_mask(recorder: Recorder, mask: Value) -> Any:
    if len(shape(mask)) != 2:
        raise UnreadableNodeError(
            f"its padding mask has shape {list(shape(mask))}; 2 axes are read"
        )
    batch, tokens = shape(mask)
    allowed = recorder.call(torch.ne, mask, 0)
    return recorder.call(torch.reshape, allowed, [batch, 1, 1, tokens])


def _refuse(op: Operation, past: tuple[int, ...], attributes: tuple[str, ...]) -> None:
    if any(op.has(index) for index in past):
        raise UnreadableNodeError("it takes past keys and values; export without a cache")
    used = [name for name in attributes if op.get(name)]
    if used:
        raise UnreadableNodeError(f"it uses {', '.join(used)}, which is not read")


def _fast_gelu(recorder: Recorder, op: Operation) -> Any:
    x = recorder.call(torch.add, op.input(0), op.input(1)) if op.has(1) else op.input(0)
    return recorder.call(F.gelu, x, approximate="tanh")


def _bias_gelu(recorder: Recorder, op: Operation) -> Any:
    return recorder.call(F.gelu, recorder.call(torch.add, op.input(0), op.input(1)))


def _skip_layer_norm(recorder: Recorder, op: Operation) -> Any:
    x = recorder.call(torch.add, op.input(0), op.input(1))
    if op.has(4):
        x = recorder.call(torch.add, x, op.input(4))
    lengths = [shape(x)[-1]]
    return recorder.call(
        F.layer_norm, x, lengths, op.input(2), op.optional(3), float(op.get("epsilon", 1e-12))
    )


ATTENTION = {
    ("", "Attention"): _attention,
    ("com.microsoft", "MultiHeadAttention"): _multi_head,
    ("com.microsoft", "Gelu"): apply(F.gelu),
    ("com.microsoft", "FastGelu"): _fast_gelu,
    ("com.microsoft", "BiasGelu"): _bias_gelu,
    ("com.microsoft", "SkipLayerNormalization"): _skip_layer_norm,
}
